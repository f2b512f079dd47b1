"""Beam search: against brute force, one by one, and in other runtimes."""

from itertools import product

import keras
import numpy as np
import pytest

from zoo.errors import UserError
from zoo.inference import search
from zoo.inference.greedy import greedy
from zoo.recipes.translator import networks as translator

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
    return search.search_graph(model).runner()


def run_search(run, source, width, length_penalty=0.0):
    settings = {"width": np.int32(width), "length_penalty": np.float32(length_penalty)}
    return run({"source": source, **settings})


def log_prob_of(model, source, targets, temperature=None):
    """log p of targets, END included, by teacher forcing.

    With a temperature, of p^(1/T) over the symbols that may be drawn.
    """
    steps = max(map(len, targets))
    symbols = np.zeros((len(targets), steps + 1), "int32")
    symbols[:, 0] = search.BEGIN
    for row, target in zip(symbols, targets, strict=True):
        row[1 : len(target) + 1] = target
    sources = np.repeat(source, len(targets), axis=0)
    logits = (
        model({"source": sources, "target": symbols[:, :-1]})["logits"].numpy().astype("float64")
    )
    if temperature is not None:
        logits /= temperature
        logits[..., [search.PADDING, search.BEGIN]] = -np.inf
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    of_target = np.take_along_axis(log_probs, symbols[:, 1:, None], axis=-1)[..., 0]
    return np.where(symbols[:, 1:] != search.PADDING, of_target, 0).sum(axis=1)


def test_greedy_decoding_during_training_is_a_beam_of_one(model):
    source = np.random.default_rng(3).integers(1, VOCABULARY, (9, 5)).astype("int32")
    narrow = search.search_graph(model, longest=12).runner()
    expected = run_search(narrow, source, width=1)["symbols"][:, 0]
    targets = greedy(model, source, longest=12)
    np.testing.assert_array_equal(targets[:, : expected.shape[1]], expected)
    assert (targets[:, expected.shape[1] :] == search.PADDING).all()


def test_a_wide_beam_finds_what_brute_force_finds(model):
    run = search.search_graph(model, longest=4).runner()
    source = np.array([[4, 5, 4, 3]], "int32")
    going = [1, 4, 5]
    targets = [(*body, search.END) for n in range(4) for body in product(going, repeat=n)]
    targets += list(product(going, repeat=4))
    log_probs = log_prob_of(model, source, targets)
    for length_penalty in (0.0, 1.0):
        scores = {
            target: log_prob / ((5 + len(target)) / 6) ** length_penalty
            for target, log_prob in zip(targets, log_probs, strict=True)
        }
        ranked = sorted(scores, key=scores.get, reverse=True)
        outputs = run_search(run, source, len(targets), length_penalty)
        for place in range(5):
            expected = [*ranked[place], *[search.PADDING] * (4 - len(ranked[place]))]
            assert outputs["symbols"][0, place].tolist() == expected
            assert outputs["scores"][0, place] == pytest.approx(scores[ranked[place]], abs=1e-4)


@pytest.mark.parametrize("width", [1, 4])
def test_a_batch_is_decoded_as_its_sentences_are_alone(run, width):
    sources = [[4, 5, 3], [5, 4, 4, 5, 1, 3], [3], [1, 1, 4, 3]]
    padded = np.zeros((4, 6), "int32")
    for row, source in zip(padded, sources, strict=True):
        row[: len(source)] = source
    together = run_search(run, padded, width)
    for row, source in enumerate(sources):
        alone = run_search(run, np.array([source], "int32"), width)
        steps = alone["symbols"].shape[2]
        np.testing.assert_array_equal(together["symbols"][row, 0, :steps], alone["symbols"][0, 0])


def test_a_width_of_one_is_greedy(model, run):
    source = np.array([[4, 5, 5, 3]], "int32")
    target = [search.BEGIN]
    while len(target) < 10 and target[-1] != search.END:
        inputs = {"source": source, "target": np.array([target], "int32")}
        logits = model(inputs)["logits"].numpy()[0, -1]
        logits[[search.PADDING, search.BEGIN]] = -np.inf
        target.append(int(np.argmax(logits)))
    outputs = run_search(run, source, 1)["symbols"][0, 0, : len(target) - 1]
    assert outputs.tolist() == target[1:]


def test_every_beam_says_where_its_symbols_looked(model, run):
    source = np.array([[4, 5, 5, 3], [5, 1, 3, 0]], "int32")
    outputs = run_search(run, source, 3)
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    if "attention" not in decoder.output:
        assert set(outputs) == {"symbols", "scores"}
        return
    for beam in range(3):
        symbols = outputs["symbols"][:, beam]
        previous = np.concatenate([np.full((2, 1), search.BEGIN), symbols[:, :-1]], axis=1)
        inputs = {"symbols": keras.ops.convert_to_tensor(previous), **encoder(source)}
        expected = decoder(inputs)["attention"].numpy()
        expected[symbols == search.PADDING] = 0
        np.testing.assert_allclose(outputs["attention"][:, beam], expected, atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_targets_are_drawn_as_often_as_they_are_likely(model, temperature, monkeypatch):
    monkeypatch.setattr(search, "longest_target", lambda source: 2)
    source, draws = np.array([[4, 5, 3]], "int32"), 4000
    targets = [(search.END,), *product([1, 4, 5], [1, 4, 5, search.END])]
    expected = np.exp(log_prob_of(model, source, targets, temperature))
    assert expected.sum() == pytest.approx(1)
    drawn = search.sample(model, source, temperature=temperature, draws=draws, seed=3).numpy()[0]
    drawn = np.pad(drawn, ((0, 0), (0, 2 - drawn.shape[1])))
    outputs = [
        np.mean((drawn == [*target, *[search.PADDING] * (2 - len(target))]).all(axis=1))
        for target in targets
    ]
    np.testing.assert_allclose(outputs, expected, atol=5 * 0.5 / draws**0.5)


def test_the_coldest_draw_is_greedy_and_a_seed_repeats_its_draws(model, run):
    source = np.array([[4, 5, 5, 3], [5, 4, 3, 0]], "int32")
    cold = search.sample(model, source, temperature=1e-4).numpy()
    greedy = run_search(run, source, 1)["symbols"]
    np.testing.assert_array_equal(cold, greedy)
    one, same, other = (search.sample(model, source, draws=3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).numpy().any()


@pytest.mark.parametrize("settings", [{"temperature": 0.0}, {"draws": 0}])
def test_a_temperature_or_a_number_out_of_range_is_refused(model, settings):
    with pytest.raises(UserError, match="a temperature is above 0"):
        search.sample(model, np.array([[4, 3]]), **settings)
