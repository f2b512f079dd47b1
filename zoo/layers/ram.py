"""The recurrent model of visual attention, after Mnih et al. (2014) and Ba et al. (2015)."""

import math
from typing import Any, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers.base.arguments import LayerArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.elman import Elman
from zoo.layers.glimpse import GlimpseSensor


class RAMOutput(NamedTuple):
    """The outputs of a `RAM`."""

    h: Tensor
    """What the core puts out after the last glimpse, (batch, units)."""

    locations: Tensor
    """The location of each glimpse, (batch, glimpses, 2)."""

    log_probs: Tensor
    """log p of each location but the first, given the state before it, (batch, glimpses - 1)."""

    baselines: Tensor
    """The expected reward in those states, (batch, glimpses - 1)."""

    states: Tensor
    """What the core puts out after each glimpse, (batch, glimpses, units)."""


class RAMState(NamedTuple):
    """The state between two glimpses."""

    h: Any
    """State of the core, of an `Elman` its hidden state (batch, units)."""

    location: Tensor
    """The location of the next glimpse, (batch, 2)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class RAM(Core):
    """A network that reads an image by glimpses and chooses the location of each next one.

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
        size: pixels on a side of a glimpse.
        scales: crops in a glimpse, each twice as wide as the last.
        hidden_units: of the glimpse network's first layers.
        core: a recurrent layer of so many units in the place of the equation above.
        deviation: σ, in the units of a location; the weight `deviation` holds it and is not
            trained, so that a callback may lower it.
        seed: of the locations drawn in training.
        **kwargs: of every Keras layer.

    Call arguments:
        images: (batch, height, width) or (batch, height, width, channels).
        training: whether locations are drawn.

    Returns:
        A `RAMOutput`.

    Raises:
        ValueError: an argument out of range, or images of another number of axes.

    Source: V. Mnih et al., Recurrent models of visual attention, NIPS 2014, section 3; the product
    of what and where: J. Ba, V. Mnih, K. Kavukcuoglu, Multiple object recognition with visual
    attention, ICLR 2015, section 3.

    >>> import keras, zoo
    >>> seen = zoo.layers.RAM(256, glimpses=6)(keras.Input((28, 28)))
    >>> seen.h.shape, seen.locations.shape
    ((None, 256), (None, 6, 2))
    """

    def __init__(
        self,
        units: int,
        glimpses: int,
        *,
        size: int = 8,
        scales: int = 1,
        hidden_units: int = 128,
        core: Core | None = None,
        deviation: float = 0.1,
        seed: int | None = None,
        **kwargs: Unpack[LayerArguments],
    ):
        always: dict[str, Any] = {"return_sequences": True, "return_state": True, "unroll": True}
        super().__init__(**{**kwargs, **always})
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
        self.sensor = GlimpseSensor(size, scales, dtype=self.dtype_policy)
        self.what = [self._dense(hidden_units, "what_1"), self._dense(units, "what_2")]
        self.where = [self._dense(hidden_units, "where_1"), self._dense(units, "where_2")]
        if core is None:
            core = Elman(units, activation="relu", name="core", dtype=self.dtype_policy)
        takes = f"a recurrent layer of the zoo of {units} units"
        self._require(isinstance(core, Core), "core", core, takes)
        self.core = core
        self.location = self._dense(2, "location", activation="tanh")
        self.baseline = self._dense(1, "baseline", activation=None)
        self.output_shape = ((2,), (), (), (units,))

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
        if not self.core.built:
            self.core.build((None, 1, self.units))
        puts_out = self.core.output_shape
        takes = f"one that puts out ({self.units},)"
        self._require(puts_out == (self.units,), "a core that puts out", puts_out, takes)
        self.state_shape = RAMState(self.core.state_shape, (2,))
        self.location.build((None, self.units))
        self.baseline.build((None, self.units))
        super().build(images_shape)

    def initial_state(self, batch: Any) -> RAMState:
        return RAMState(self.core.initial_state(batch), ops.zeros((batch, 2), self.compute_dtype))

    def call(self, images: Tensor, training: bool = False) -> RAMOutput:
        shape = (ops.shape(images)[0], self.glimpses, 2)
        noise = ops.zeros(shape, self.compute_dtype)
        if training:
            noise = keras.random.normal(shape, dtype=self.compute_dtype, seed=self.seed_generator)
        outputs, *_ = self.run(self.cell(images=images), noise)
        locations, log_probs, baselines, states = outputs
        return RAMOutput(states[:, -1], locations, log_probs[:, :-1], baselines[:, :-1], states)

    def step(
        self, noise: Tensor, state: RAMState, *, images: Tensor
    ) -> tuple[tuple[Tensor, ...], RAMState]:
        """A glimpse: the location looked at, log p of the next one, the reward expected, and h."""
        here = state.location
        g = self.glimpse(images, here)
        h, core_state = self.core.advance(g, state.h)
        mu = self.location(h)
        there = ops.stop_gradient(mu + ops.cast(self.deviation, mu.dtype) * noise)
        b = self.baseline(ops.stop_gradient(h))[:, 0]
        return (here, self._log_prob(there, mu), b, h), RAMState(core_state, there)

    def glimpse(self, images: Tensor, location: Tensor) -> Tensor:
        """g_t, (batch, units): the content of the glimpse times its location."""
        what = self.what[1](self.what[0](self.sensor(images, location)))
        where = self.where[1](self.where[0](location))
        return what * where

    def compute_output_shape(self, images_shape: Any) -> RAMOutput:
        batch, moves = images_shape[0], self.glimpses - 1
        states = batch, moves + 1, self.units
        return RAMOutput(
            (batch, self.units), (batch, moves + 1, 2), (batch, moves), (batch, moves), states
        )

    def compute_mask(self, *_: Any) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "glimpses": self.glimpses,
            "size": self.sensor.size,
            "scales": self.sensor.scales,
            "hidden_units": self.hidden_units,
            "core": keras.saving.serialize_keras_object(self.core),
            "deviation": self.initial_deviation,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RAM":
        core = config.get("core")
        core = core and keras.saving.deserialize_keras_object(core)
        return cls(**{**config, "core": core})

    def _log_prob(self, location: Tensor, mu: Tensor) -> Tensor:
        """log p of a location drawn about the mean μ."""
        deviation = ops.cast(self.deviation, mu.dtype)
        square = ops.sum(ops.square((location - mu) / deviation), axis=-1)
        return -square / 2 - 2 * ops.log(deviation) - math.log(2 * math.pi)

    def _dense(self, units: int, name: str, activation: str | None = "relu") -> keras.layers.Dense:
        return keras.layers.Dense(units, activation, name=name, dtype=self.dtype_policy)


def reinforce(log_probs: Tensor, baselines: Tensor, reward: Tensor) -> Tensor:
    """The loss whose gradient is that of the expected reward, less a learned baseline.

        -Σ_t log p(l_t) (R - b_t) + Σ_t (R - b_t)²,  no gradient through R - b_t in the first sum

    Args:
        log_probs: (batch, choices).
        baselines: (batch, choices).
        reward: R, (batch, choices) where each choice has its own, else (batch, 1).

    Returns:
        (batch,).

    Source: R. J. Williams, Simple statistical gradient-following algorithms for connectionist
    reinforcement learning, Machine Learning 8, 1992; Mnih et al. 2014, eq. 2.
    """
    advantages = ops.stop_gradient(reward) - baselines
    policy = -ops.sum(log_probs * ops.stop_gradient(advantages), axis=1)
    return policy + ops.sum(ops.square(advantages), axis=1)
