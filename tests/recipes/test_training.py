"""What recipes share to train."""

import numpy as np

from recipes.data.batches import bucketed
from recipes.training import StepAccuracy


def test_step_accuracy_counts_every_weighted_step_once_whatever_the_padding():
    rng = np.random.default_rng(0)
    metric, right, total = StepAccuracy(), 0, 0
    for lengths in ([9, 2, 1], [3, 3], [20, 1]):
        time = max(lengths)
        scores = rng.normal(size=(len(lengths), time, 4))
        labels = rng.integers(0, 4, (len(lengths), time))
        weights = np.arange(time) < np.array(lengths)[:, None]
        metric.update_state(labels, scores, weights.astype("float32"))
        right += (scores.argmax(-1) == labels)[weights].sum()
        total += weights.sum()
    np.testing.assert_allclose(metric.result(), right / total, rtol=1e-6)


def test_bucketed_batches_hold_every_example_once_and_know_their_number():
    rng = np.random.default_rng(0)
    lengths = [*rng.integers(1, 60, 500), 300]
    examples = [{"x": np.full(n, i + 1, "int32")} for i, n in enumerate(lengths)]
    batches = bucketed(examples, "x", steps_per_batch=200)
    for seed in (None, 3):
        found = list(batches(seed).as_numpy_iterator())
        assert len(found) == len(batches(seed))
        rows = [row[row > 0] for batch in found for row in batch["x"]]
        assert sorted(int(row[0]) for row in rows) == list(range(1, len(lengths) + 1))
        assert all(len(row) == lengths[row[0] - 1] for row in rows)
        assert all(batch["x"].size <= 200 or len(batch["x"]) == 1 for batch in found)
    one, again, other = (
        [batch["x"].tolist() for batch in batches(seed).as_numpy_iterator()] for seed in (3, 3, 4)
    )
    assert one == again != other
