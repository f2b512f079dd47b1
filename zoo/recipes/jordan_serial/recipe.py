"""Jordan's own task: the input is a plan at every step, the output its actions in order.

    s_t = α s_{t-1} + y_{t-1}          the decaying sum of the outputs so far
    y_t = g(V σ(W plan + U s_t + b) + b_y)

The state depends on the outputs alone, whose targets are known: so the network is trained on single
steps, from the states after correct actions (teacher forcing, as in the paper), with some noise on
them, so that its own small errors do not accumulate.

It is compared with an Elman network of at least as many weights. The context of that one is its
hidden layer, which has no targets; it is trained by backpropagation through all steps.
"""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers import Elman, Jordan
from zoo.recipes.jordan_serial import processing, serial
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import DataSource, Recipe, Trained, Training
from zoo.training import loop

PLANS, ACTIONS = len(serial.CYCLES), len(serial.ACTIONS)


class Options(Shared):
    epochs: int = Field(240, ge=1, description="epochs at most")
    patience: int = Field(240, ge=1, description="epochs without a smaller dev loss")
    learning_rate: float = Field(1e-2, gt=0, description="learning rate at its peak")
    hidden_units: int = Field(32, ge=1, description="hidden units of the Jordan network")
    decay: float = Field(0.5, ge=0, le=1, description="α, the share of the state left after a step")
    noise: float = Field(0.05, ge=0, description="deviation of the noise on the states")
    batches: int = Field(50, ge=1, description="training steps in an epoch, each of all plans")


def model(options: Options) -> keras.Model:
    """Plans to actions by both networks.

    Input: `plan` (batch, time, plans), the same at every step. Outputs: `jordan` and `elman`
    (batch, time, actions), each from 0 to 1.
    """
    plan = keras.Input((None, PLANS), name="plan")
    jordan = Jordan(
        ACTIONS,
        hidden_units=options.hidden_units,
        decay=options.decay,
        return_sequences=True,
        name="jordan",
    )(plan)
    units = elman_units(options.hidden_units)
    states = Elman(units, return_sequences=True, name="hidden")(plan)
    elman = layers.Dense(ACTIONS, activation="sigmoid", name="elman")(states)
    return keras.Model(plan, {"jordan": jordan, "elman": elman})


def elman_units(hidden: int) -> int:
    """Units of the smallest Elman network with as many weights as the Jordan network has."""
    weights = hidden * (PLANS + ACTIONS + 1) + ACTIONS * (hidden + 1)
    units = 1
    while units * (PLANS + units + 1) + ACTIONS * (units + 1) < weights:
        units += 1
    return units


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    networks = RECIPE.initialized(options, start)
    trainee = _step_by_step(networks, options)

    def epoch(number: int) -> tf.data.Dataset:
        return _batch("train", options).repeat(options.batches)

    trainee.compile(
        optimizer=loop.adam(options.learning_rate, options.batches, options.epochs),
        loss=dict.fromkeys(("jordan", "elman"), "binary_crossentropy"),
    )
    progress = loop.fit(
        trainee,
        train=epoch,
        dev=_batch("dev", options),
        monitor="val_loss",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(networks, {}, progress)


def _step_by_step(networks: keras.Model, options: Options) -> keras.Model:
    """The Jordan network on single steps, from the states before each, and the Elman network.

    Inputs: `plan`, and `y` and `s` (batch, time, actions), the states before each step.
    """
    plan = networks.input
    states = {name: keras.Input((None, ACTIONS), name=name) for name in ("y", "s")}
    noisy = [layers.GaussianNoise(options.noise)(state) for state in states.values()]
    steps = networks.get_layer("jordan")(
        ops.reshape(plan, (-1, 1, PLANS)),
        initial_state=[ops.reshape(state, (-1, ACTIONS)) for state in noisy],
    )
    jordan = ops.reshape(steps, (-1, serial.STEPS["train"], ACTIONS))
    return keras.Model(
        {"plan": plan, **states}, {"jordan": jordan, "elman": networks.output["elman"]}
    )


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """Share of the plans without a wrong action, for each network."""
    outputs = trained.run({"plan": serial.plans(serial.STEPS[split])})
    return {
        "plans_done_exactly": serial.exact(outputs["jordan"]),
        "elman_plans_done_exactly": serial.exact(outputs["elman"]),
    }


def _batch(split: str, options: Options) -> tf.data.Dataset:
    """All plans as one batch."""
    actions = serial.actions(serial.STEPS[split])
    y, s = serial.states(actions, options.decay)
    inputs = {"plan": serial.plans(serial.STEPS[split]), "y": y, "s": s}
    return tf.data.Dataset.from_tensors((inputs, dict.fromkeys(("jordan", "elman"), actions)))


RECIPE = Recipe(
    name="jordan-serial",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(serial.STEPS),
    processing=processing,
    data=DataSource(
        name="generated",
        version="1",
        licence="Apache-2.0",
        note="Nine cycles of four actions; trained on 24 actions of each, tested on 240.",
    ),
    sources=(
        "M. I. Jordan, Serial order: a parallel distributed processing approach, ICS report 8604, "
        "University of California, San Diego, 1986",
        "J. L. Elman, Finding structure in time, Cognitive Science 14, 1990",
    ),
)
