"""Beam search: against brute force, one by one, and in other runtimes."""

from itertools import product

import keras
import numpy as np
import pytest

from recipes import translator
from zoo import search

VOCABULARY = 6
"""Padding, unknown, begin, end and two more: a target is made of unknown and those two."""


@pytest.fixture(scope="module", params=["luong", "bahdanau", "none"])
def model(request):
    keras.utils.set_random_seed(7)
    options = translator.Options.model_construct(
        **(translator.Options(attention=request.param).model_dump() | {"subwords": VOCABULARY}),
    )
    made = translator.model(
        options.model_copy(update={"features": 4, "encoder_units": 3, "units": 5})
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 1.5, w.shape).astype("float32") for w in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def run(model):
    return search.graph(model).runner()


def searched(run, source, width, length_penalty=0.0):
    given = {"source": source, "width": np.int32(width)}
    return run(given | {"length_penalty": np.float32(length_penalty)})


def log_chances(model, source, targets):
    """log p of targets, END included, by the model with the targets given."""
    steps = max(map(len, targets))
    given = np.zeros((len(targets), steps + 1), "int32")
    given[:, 0] = search.BEGIN
    for row, target in zip(given, targets, strict=True):
        row[1 : len(target) + 1] = target
    sources = np.repeat(source, len(targets), axis=0)
    logits = model({"source": sources, "target": given[:, :-1]})["logits"].numpy().astype("float64")
    chances = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    of_each = np.take_along_axis(chances, given[:, 1:, None], axis=-1)[..., 0]
    return np.sum(of_each * (given[:, 1:] != search.PADDING), axis=1)


def test_a_wide_beam_finds_what_brute_force_finds(model, monkeypatch):
    monkeypatch.setattr(search, "longest", lambda source: 4)
    run = search.graph(model).runner()
    source = np.array([[4, 5, 4, 3]], "int32")
    going = [1, 4, 5]
    targets = [(*body, search.END) for n in range(4) for body in product(going, repeat=n)]
    targets += list(product(going, repeat=4))
    chances = log_chances(model, source, targets)
    for length_penalty in (0.0, 1.0):
        scores = {
            target: chance / ((5 + len(target)) / 6) ** length_penalty
            for target, chance in zip(targets, chances, strict=True)
        }
        ranked = sorted(scores, key=scores.get, reverse=True)
        found = searched(run, source, len(targets), length_penalty)
        for place in range(5):
            expected = [*ranked[place], *[search.PADDING] * (4 - len(ranked[place]))]
            assert found["symbols"][0, place].tolist() == expected
            assert found["scores"][0, place] == pytest.approx(scores[ranked[place]], abs=1e-4)


@pytest.mark.parametrize("width", [1, 4])
def test_a_batch_is_decoded_as_its_sentences_are_alone(run, width):
    sources = [[4, 5, 3], [5, 4, 4, 5, 1, 3], [3], [1, 1, 4, 3]]
    padded = np.zeros((4, 6), "int32")
    for row, source in zip(padded, sources, strict=True):
        row[: len(source)] = source
    together = searched(run, padded, width)
    for row, source in enumerate(sources):
        alone = searched(run, np.array([source], "int32"), width)
        steps = alone["symbols"].shape[2]
        np.testing.assert_array_equal(together["symbols"][row, 0, :steps], alone["symbols"][0, 0])


def test_a_width_of_one_is_greedy(model, run):
    source = np.array([[4, 5, 5, 3]], "int32")
    target = [search.BEGIN]
    while len(target) < 10 and target[-1] != search.END:
        given = {"source": source, "target": np.array([target], "int32")}
        logits = model(given)["logits"].numpy()[0, -1]
        logits[[search.PADDING, search.BEGIN]] = -np.inf
        target.append(int(np.argmax(logits)))
    found = searched(run, source, 1)["symbols"][0, 0, : len(target) - 1]
    assert found.tolist() == target[1:]
