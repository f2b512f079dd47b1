"""Decoding of connectionist temporal classification, against every path there is."""

import math
from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.inference.ctc import BLANK, greedy, prefix_beam_search


def chances(seed, steps, symbols):
    logits = 2 * np.random.default_rng(seed).normal(size=(steps, symbols))
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


def labels_of(path):
    return tuple(symbol for symbol, _ in groupby(path) if symbol != BLANK)


def of_every_path(said):
    """p of all labels that the paths say, each path counted by itself."""
    found = defaultdict(float)
    for path in product(range(said.shape[1]), repeat=len(said)):
        found[labels_of(path)] += math.exp(sum(said[t, s] for t, s in enumerate(path)))
    return found


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(2, 4))
def test_a_wide_beam_finds_the_likeliest_labels_of_all_paths(seed, steps, symbols):
    said = chances(seed, steps, symbols)
    every = of_every_path(said)
    assert sum(every.values()) == pytest.approx(1)
    found = prefix_beam_search(said, width=10**4, least=0)
    assert every[found] == pytest.approx(max(every.values()))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_language_model_counts_once_for_each_label_and_for_the_end(seed):
    said = chances(seed, 5, 3)
    spelled = {labels: np.random.default_rng(abs(hash(labels))) for labels in of_every_path(said)}
    spelled = {labels: -5 * rng.random() for labels, rng in spelled.items()}

    def language(labels):
        return spelled.get(tuple(label for label in labels if label), -3.0) * len(labels)

    def score(labels):
        beginnings = [(*labels[: i + 1],) for i in range(len(labels))] + [(*labels, BLANK)]
        said_of_it = sum(language(each) for each in beginnings)
        return math.log(of_every_path(said)[labels]) + 0.7 * said_of_it + 0.3 * len(labels)

    found = prefix_beam_search(said, width=10**4, least=0, language=language, weight=0.7, bonus=0.3)
    assert score(found) == pytest.approx(max(map(score, of_every_path(said))))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 12))
def test_greedy_takes_the_likeliest_path_without_repeats_and_blanks(seed, steps):
    said = chances(seed, steps, 4)
    assert greedy(said) == labels_of(said.argmax(axis=-1).tolist())


def test_a_beam_sums_paths_where_greedy_takes_one():
    said = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert greedy(said) == ()
    assert prefix_beam_search(said, width=4) == (1,)
    repeated = np.log([[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]])
    assert greedy(repeated) == prefix_beam_search(repeated, width=4) == (1, 1)


def test_a_beam_agrees_with_kerass_own_search():
    from keras import ops

    said = np.stack([chances(seed, 12, 5) for seed in range(20)]).astype("float32")
    rotated = np.concatenate([said[..., 1:], said[..., :1]], axis=-1)
    [theirs], _ = ops.ctc_decode(
        rotated, np.full(20, 12), "beam_search", beam_width=200, top_paths=1, mask_index=4
    )
    for row, ours in zip(ops.convert_to_numpy(theirs), said, strict=True):
        expected = tuple(int(label) + 1 for label in row if label >= 0)
        assert prefix_beam_search(ours, width=200, least=0) == expected
