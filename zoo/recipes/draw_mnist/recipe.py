"""Digits drawn stroke by stroke, by a variational autoencoder with attention to the error so far.

The loss of an image is a bound on -log p(x), in nats: the cross entropy of the image and the last
canvas, and the KL divergence of the latents from their prior. A tighter bound is the
importance-weighted one, of K drawings of the same image (Burda et al. 2016):

    -log 1/K Σ_k p(x | z_k) p(z_k) / q(z_k | x)
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

from zoo.inference.predictor import Predictor
from zoo.layers import DRAW
from zoo.layers.draw import DRAWOutput
from zoo.recipes.data import binarized_mnist
from zoo.recipes.draw_mnist import processing
from zoo.recipes.options import Options as Shared
from zoo.recipes.recipe import Recipe, Trained, Training
from zoo.training import loop

LOSSES = ("image_nats", "latent_nats")
BATCH_SIZE = 500
"""In evaluation."""

DRAWINGS = 10
"""K, of the importance-weighted estimate."""


class Options(Shared):
    epochs: int = Field(65, ge=1, description="epochs at most")
    patience: int = Field(10, ge=1, description="epochs without a smaller dev bound")
    learning_rate: float = Field(4e-3, gt=0, description="learning rate at its peak")
    images_per_batch: int = Field(100, ge=1, description="images in a batch")
    glimpses: int = Field(10, ge=1, description="strokes of a drawing")
    units: int = Field(256, ge=1, description="units of the encoder, and of the decoder")
    latents: int = Field(100, ge=1, description="latents of a stroke")
    read: int = Field(12, ge=0, description="filters on a side of the read window; 0: no attention")
    write: int = Field(
        12, ge=0, description="filters on a side of the write window; 0: no attention"
    )


def model(options: Options) -> keras.Model:
    """Images, and noise for each stroke, to the canvases and the parts of the bound.

    Inputs: `images` (batch, 28, 28), 0 or 1; `noise` (batch, time, latents); `posterior` (batch,
    1), 1 where an image is encoded, 0 where one is generated. Outputs: `canvases` (batch, time, 28,
    28), probabilities after each stroke; `image_nats` and `latent_nats` (batch,), the parts of the
    bound; `evidence` (batch,), log p(x | z) p(z) / q(z | x); `windows` (batch, time, 5), the write
    windows.
    """
    side = binarized_mnist.SIDE
    images = keras.Input((side, side), name="images")
    noise = keras.Input((None, options.latents), name="noise")
    posterior = keras.Input((1,), name="posterior")
    network = DRAW(
        options.units,
        options.latents,
        read_size=options.read or None,
        write_size=options.write or None,
        name="draw",
    )
    drawing = DRAWOutput(*network(images, noise, posterior))
    last = drawing.canvases[:, -1]
    # -log of a Bernoulli variable of these logits.
    image_nats = ops.sum(ops.softplus(last) - images * last, axis=(1, 2))
    outputs = {
        "canvases": ops.sigmoid(drawing.canvases),
        "image_nats": image_nats,
        "latent_nats": ops.sum(drawing.latent_nats, axis=1),
        "evidence": ops.sum(drawing.log_ratios, axis=1) - image_nats,
        "windows": drawing.write_windows,
    }
    named = {name: layers.Identity(name=name)(output) for name, output in outputs.items()}
    return keras.Model({"images": images, "noise": noise, "posterior": posterior}, named)


def train(options: Options, folder: Path, start: Trained | None) -> Training:
    network = RECIPE.initialized(options, start)
    learner = keras.Model(network.input, {name: network.output[name] for name in LOSSES})
    images = binarized_mnist.images("train")
    size = options.images_per_batch
    learner.compile(
        optimizer=loop.adam(options.learning_rate, len(images) // size, options.epochs),
        loss=dict.fromkeys(LOSSES, _identity),
        jit_compile=True,
    )

    def epoch(number: int) -> tf.data.Dataset:
        seed = options.seed * 1000 + number
        order = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=seed)
        return _with_noise(order.batch(size, drop_remainder=True), options, seed)

    dev = tf.data.Dataset.from_tensor_slices(binarized_mnist.images("dev")).batch(BATCH_SIZE)
    progress = loop.fit(
        learner,
        train=epoch,
        dev=_with_noise(dev, options, 0),
        monitor="val_loss",
        better=min,
        epochs=options.epochs,
        patience=options.patience,
        folder=folder,
    )
    return Training(network, {}, progress)


def _identity(_: Any, nats: Any) -> Any:
    return nats


def _with_noise(batches: tf.data.Dataset, options: Options, seed: int) -> tf.data.Dataset:
    """Batches of images with random noise, and targets that the loss does not use."""

    def with_noise(number: tf.Tensor, images: tf.Tensor) -> tuple[dict, dict]:
        count = tf.shape(images)[0]
        shape = tf.stack([count, options.glimpses, options.latents])
        noise = tf.random.stateless_normal(shape, [seed, number])
        inputs = {"images": images, "noise": noise, "posterior": tf.ones([count, 1])}
        return inputs, {name: tf.zeros([count]) for name in LOSSES}

    return batches.enumerate().map(with_noise).prefetch(4)


def evaluate(trained: Predictor, split: str) -> dict[str, float]:
    """The bound in nats an image, its two parts, and the importance-weighted bound."""
    images, options = binarized_mnist.images(split), trained.options
    rng = np.random.default_rng(0)
    parts, weighted = [], []
    for first in range(0, len(images), BATCH_SIZE):
        group = images[first : first + BATCH_SIZE]
        evidence = []
        for _ in range(DRAWINGS):
            shape = (len(group), options.glimpses, options.latents)
            noise = rng.normal(size=shape).astype("float32")
            posterior = np.ones((len(group), 1), "float32")
            outputs = trained.run({"images": group, "noise": noise, "posterior": posterior})
            evidence.append(outputs["evidence"].astype("float64"))
            parts.append([outputs[name].mean(dtype="float64") for name in LOSSES])
        weighted.append(np.logaddexp.reduce(evidence, axis=0) - np.log(DRAWINGS))
    image_nats, latent_nats = np.mean(parts, axis=0).tolist()
    return {
        "nats": image_nats + latent_nats,
        "image_nats": image_nats,
        "latent_nats": latent_nats,
        "importance_weighted_nats": -float(np.concatenate(weighted).mean()),
    }


def _submodels(network: keras.Model) -> dict[str, keras.Model]:
    """`decoder`: from noise (batch, time, latents) to generated images (batch, 28, 28)."""
    draw = network.get_layer("draw")
    noise = keras.Input((None, draw.latents), name="noise")
    canvas, _ = draw.decoder(noise)
    images = layers.Activation("sigmoid", name="images")(canvas)
    return {"decoder": keras.Model(noise, {"images": images}, name="decoder")}


RECIPE = Recipe(
    name="draw-mnist",
    options=Options,
    model=model,
    train=train,
    evaluate=evaluate,
    splits=tuple(binarized_mnist.SPLITS),
    processing=processing,
    data=binarized_mnist.DATA,
    submodels=_submodels,
    sources=(
        "K. Gregor, I. Danihelka, A. Graves, D. J. Rezende, D. Wierstra, DRAW: a recurrent neural "
        "network for image generation, ICML 2015",
        "Y. Burda, R. Grosse, R. Salakhutdinov, Importance weighted autoencoders, ICLR 2016",
    ),
)
