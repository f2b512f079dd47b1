"""Decoding of connectionist temporal classification, against every path there is."""

import math
from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.inference.ctc import BLANK, greedy, prefix_beam_search


def random_log_probs(seed, steps, symbols):
    logits = 2 * np.random.default_rng(seed).normal(size=(steps, symbols))
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


def labels_of(path):
    return tuple(symbol for symbol, _ in groupby(path) if symbol != BLANK)


def prob_of_labels(log_probs):
    """Labels → p, by the sum over every path."""
    probs = defaultdict(float)
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        probs[labels_of(path)] += math.exp(sum(log_probs[t, s] for t, s in enumerate(path)))
    return probs


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 4))
def test_a_wide_beam_finds_the_likeliest_labels_of_all_paths(seed, steps, symbols):
    log_probs = random_log_probs(seed, steps, symbols)
    probs = prob_of_labels(log_probs)
    assert sum(probs.values()) == pytest.approx(1)
    labels = prefix_beam_search(log_probs, width=10**4, min_prob=0)
    assert probs[labels] == pytest.approx(max(probs.values()))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_language_model_counts_once_for_each_label_and_for_the_end(seed):
    log_probs = random_log_probs(seed, 5, 3)
    scores = {
        labels: np.random.default_rng(abs(hash(labels))) for labels in prob_of_labels(log_probs)
    }
    scores = {labels: -5 * rng.random() for labels, rng in scores.items()}

    def language(labels):
        return scores.get(tuple(label for label in labels if label), -3.0) * len(labels)

    def score(labels):
        beginnings = [(*labels[: i + 1],) for i in range(len(labels))] + [(*labels, BLANK)]
        language_score = sum(language(each) for each in beginnings)
        return (
            math.log(prob_of_labels(log_probs)[labels]) + 0.7 * language_score + 0.3 * len(labels)
        )

    labels = prefix_beam_search(
        log_probs, width=10**4, min_prob=0, language=language, weight=0.7, bonus=0.3
    )
    assert score(labels) == pytest.approx(max(map(score, prob_of_labels(log_probs))))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 12))
def test_greedy_takes_the_likeliest_path_without_repeats_and_blanks(seed, steps):
    log_probs = random_log_probs(seed, steps, 4)
    assert greedy(log_probs) == labels_of(log_probs.argmax(axis=-1).tolist())


def test_a_beam_sums_paths_where_greedy_takes_one():
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert greedy(log_probs) == ()
    assert prefix_beam_search(log_probs, width=4) == (1,)
    repeated = np.log([[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]])
    assert greedy(repeated) == prefix_beam_search(repeated, width=4) == (1, 1)


def test_a_beam_agrees_with_kerass_own_search():
    from keras import ops

    log_probs = np.stack([random_log_probs(seed, 12, 5) for seed in range(20)]).astype("float32")
    rotated = np.concatenate([log_probs[..., 1:], log_probs[..., :1]], axis=-1)
    [theirs], _ = ops.ctc_decode(
        rotated, np.full(20, 12), "beam_search", beam_width=200, top_paths=1, mask_index=4
    )
    for row, ours in zip(ops.convert_to_numpy(theirs), log_probs, strict=True):
        expected = tuple(int(label) + 1 for label in row if label >= 0)
        assert prefix_beam_search(ours, width=200, min_prob=0) == expected
