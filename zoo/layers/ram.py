"""The recurrent model of visual attention, after Mnih et al. (2014) and Ba et al. (2015)."""

import math
from typing import Any, NamedTuple

import keras
from keras import ops

from zoo.layers.elman import Elman
from zoo.layers.glimpse import GlimpseSensor
from zoo.layers.loop import Tensor


class Seen(NamedTuple):
    """What a `RAM` returns."""

    h: Tensor
    """Hidden state after the last glimpse, (batch, units)."""

    locations: Tensor
    """Where it looked, (batch, glimpses, 2)."""

    log_chances: Tensor
    """log p of each location but the first, given the state before it, (batch, glimpses - 1)."""

    baselines: Tensor
    """The reward expected in those states, (batch, glimpses - 1)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class RAM(keras.layers.Layer):
    """A network that looks at an image by a number of glimpses, each where the last ones said.

        g_t   = ReLU(W_2 ReLU(W_1 ρ(x, l_t))) ⊙ ReLU(V_2 ReLU(V_1 l_t))   what ⊙ where
        h_t   = ReLU(W g_t + U h_{t-1} + b)                               core
        μ_t+1 = tanh(W_l h_t + b_l)                                       location network
        l_t+1 ~ N(μ_t+1, σ²) in training, μ_t+1 otherwise
        b_t   = W_b h_t + b_b                                             baseline network

    ρ is a `GlimpseSensor`, l_1 the centre. No gradient passes through a location, nor from the
    baseline into the state.

    Args:
        units: size of the hidden state.
        glimpses: number of glimpses.
        size: points on a side of a glimpse.
        scales: crops in a glimpse, each twice as wide as the last.
        hidden_units: of the glimpse network's first layers.
        deviation: σ, in the units of a location; the weight `deviation` holds it and is not
            trained, so that a callback may lower it.
        seed: of the locations drawn in training.

    Call arguments:
        images: (batch, height, width) or (batch, height, width, channels).
        training: whether locations are drawn.

    Returns:
        A `Seen`.

    Raises:
        ValueError: an argument out of range, or images of another number of axes.

    Source: V. Mnih et al., Recurrent models of visual attention, NIPS 2014, section 3; the product
    of what and where: J. Ba, V. Mnih, K. Kavukcuoglu, Multiple object recognition with visual
    attention, ICLR 2015, section 3.
    """

    def __init__(
        self,
        units: int,
        glimpses: int,
        *,
        size: int = 8,
        scales: int = 1,
        hidden_units: int = 128,
        deviation: float = 0.1,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not isinstance(glimpses, int) or glimpses < 1:
            raise ValueError(f"RAM got glimpses={glimpses!r}; it takes an integer above 0.")
        if not deviation > 0:
            raise ValueError(f"RAM got deviation={deviation!r}; it takes a number above 0.")
        self.units = units
        self.glimpses = glimpses
        self.hidden_units = hidden_units
        self.initial_deviation = deviation
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.sensor = GlimpseSensor(size, scales)
        self.what = [self._dense(hidden_units, "what_1"), self._dense(units, "what_2")]
        self.where = [self._dense(hidden_units, "where_1"), self._dense(units, "where_2")]
        self.core = Elman(units, activation="relu", return_state=True, name="core")
        self.location = keras.layers.Dense(2, activation="tanh", name="location")
        self.baseline = keras.layers.Dense(1, name="baseline")

    def build(self, images_shape: Any) -> None:
        self.deviation = self.add_weight(
            name="deviation",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_deviation),
            trainable=False,
        )
        self.sensor.build(images_shape)
        features = self.sensor.compute_output_shape(images_shape)[-1]
        for pair, size in ((self.what, features), (self.where, 2)):
            pair[0].build((None, size))
            pair[1].build((None, self.hidden_units))
        self.core.build((None, 1, self.units))
        self.location.build((None, self.units))
        self.baseline.build((None, self.units))

    def call(self, images: Tensor, training: bool = False) -> Seen:
        batch = ops.shape(images)[0]
        h = ops.zeros((batch, self.units), self.compute_dtype)
        place = ops.zeros((batch, 2), self.compute_dtype)
        locations, log_chances, baselines = [place], [], []
        for t in range(self.glimpses):
            h = self._core(self._glimpse(images, place), h)
            if t + 1 < self.glimpses:
                mean = self.location(h)
                place = self._drawn(mean) if training else mean
                locations.append(place)
                log_chances.append(self._log_chance(place, mean))
                baselines.append(self.baseline(ops.stop_gradient(h))[:, 0])
        nothing = ops.zeros((batch, 0), self.compute_dtype)
        return Seen(
            h,
            ops.stack(locations, axis=1),
            ops.stack(log_chances, axis=1) if log_chances else nothing,
            ops.stack(baselines, axis=1) if baselines else nothing,
        )

    def compute_output_shape(self, images_shape: Any) -> Seen:
        batch, moves = images_shape[0], self.glimpses - 1
        return Seen((batch, self.units), (batch, moves + 1, 2), (batch, moves), (batch, moves))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "glimpses": self.glimpses,
            "size": self.sensor.size,
            "scales": self.sensor.scales,
            "hidden_units": self.hidden_units,
            "deviation": self.initial_deviation,
            "seed": self.seed,
        }

    def _glimpse(self, images: Tensor, place: Tensor) -> Tensor:
        what = self.what[1](self.what[0](self.sensor(images, place)))
        where = self.where[1](self.where[0](place))
        return what * where

    def _core(self, g: Tensor, h: Tensor) -> Tensor:
        return self.core(g[:, None, :], initial_state=h)[0]

    def _drawn(self, mean: Tensor) -> Tensor:
        noise = keras.random.normal(ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator)
        return ops.stop_gradient(mean + ops.cast(self.deviation, mean.dtype) * noise)

    def _log_chance(self, place: Tensor, mean: Tensor) -> Tensor:
        deviation = ops.cast(self.deviation, mean.dtype)
        square = ops.sum(ops.square((place - mean) / deviation), axis=-1)
        return -square / 2 - 2 * ops.log(deviation) - math.log(2 * math.pi)

    @staticmethod
    def _dense(units: int, name: str) -> keras.layers.Dense:
        return keras.layers.Dense(units, activation="relu", name=name)


def reinforce(log_chances: Tensor, baselines: Tensor, reward: Tensor) -> Tensor:
    """The loss whose gradient is that of the expected reward, less a learned baseline.

        -Σ_t log p(l_t) (R - b_t) + Σ_t (R - b_t)²,  no gradient through R - b_t in the first sum

    Args:
        log_chances: (batch, choices).
        baselines: (batch, choices).
        reward: R, (batch,).

    Returns:
        (batch,).

    Source: R. J. Williams, Simple statistical gradient-following algorithms for connectionist
    reinforcement learning, Machine Learning 8, 1992; Mnih et al. 2014, eq. 2.
    """
    advantages = ops.stop_gradient(reward)[:, None] - baselines
    policy = -ops.sum(log_chances * ops.stop_gradient(advantages), axis=1)
    return policy + ops.sum(ops.square(advantages), axis=1)
