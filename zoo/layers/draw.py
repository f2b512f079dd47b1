"""The network that draws an image stroke by stroke: DRAW, after Gregor et al. (2015)."""

from typing import Any, NamedTuple, Unpack

import keras
from keras import ops

from zoo.layers import filterbank
from zoo.layers.base.arguments import CoreArguments, SequenceArguments
from zoo.layers.base.cell import Tensor
from zoo.layers.base.core import Core
from zoo.layers.lstm import LSTM, LSTMState


class DRAWDecoderState(NamedTuple):
    """The state of the decoder."""

    canvas: Tensor
    """c, the logits of the image so far, (batch, height, width)."""

    decoder: LSTMState
    """(h, c) of its LSTM, (batch, units) each."""


class DRAWState(NamedTuple):
    """The state of `DRAW`."""

    drawing: DRAWDecoderState
    encoder: LSTMState


class DRAWOutput(NamedTuple):
    """The outputs of `DRAW`, with the steps along the second axis."""

    canvases: Tensor
    """c_t, logits of the image, (batch, time, height, width)."""

    latent_nats: Tensor
    """KL(Q(Z_t | h^enc_t) || P(Z_t)), (batch, time)."""

    log_ratios: Tensor
    """log P(z_t) - log Q(z_t | h^enc_t), (batch, time)."""

    read_windows: Tensor
    """The `filterbank.Window` of each read, (batch, time, 5)."""

    write_windows: Tensor
    """The `filterbank.Window` of each write, (batch, time, 5)."""


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class DRAWDecoder(Core):
    """From latents, sampled or of an encoder, to an image: one stroke a step.

        h_t = LSTM(z_t, h_{t-1})
        c_t = c_{t-1} + write(h_t)                    write(h) = 1/γ F_Yᵀ (W h + b) F_X

    F and γ are the window of the parameters V h + b_v, see `zoo.layers.filterbank`. Without
    attention write(h) is W h + b, of the image's size. c_0 and h_0 are learned.

    Args:
        units: size of the hidden state.
        height, width: pixels of the image.
        size: N, filters on a side of the window; None for no attention.
        **kwargs: of `Core`.

    Call arguments:
        sequences: z, (batch, time, latents).
        initial_state: the parts of a `DRAWDecoderState`, whose shapes are stated there; c_0 and h_0
            by default.
        mask: (batch, time), true at the steps that are no padding.
        training: whether a gradient is wanted.

    Returns:
        The canvas c, (batch, height, width), and its window, (batch, 5), zeros without attention;
        those of all steps, (batch, time, ...), with `return_sequences`; after them, with
        `return_state`, the parts of the final `DRAWDecoderState`.

    Raises:
        ValueError: as `Core`, and a size below 1.

    Source: Gregor et al., DRAW, ICML 2015, eq. 7, 8, 18, 28 and 29.

    >>> import keras, zoo
    >>> canvas, window = zoo.layers.DRAWDecoder(64, height=28, width=28)(keras.Input((10, 16)))
    >>> canvas.shape, window.shape
    ((None, 28, 28), (None, 5))
    """

    def __init__(
        self,
        units: int,
        height: int,
        width: int,
        *,
        size: int | None = 5,
        **kwargs: Unpack[CoreArguments],
    ):
        super().__init__(**kwargs)
        for name, number in {"units": units, "height": height, "width": width}.items():
            self._require(
                isinstance(number, int) and number > 0, name, number, "an integer above 0"
            )
        self._require(
            size is None or (isinstance(size, int) and size > 0), "size", size, "an integer above 0"
        )
        self.units, self.height, self.width, self.size = units, height, width, size
        alike = {"dtype": self.dtype_policy}
        self.lstm = LSTM(units, name="lstm", **alike)
        pixels = height * width if size is None else size * size
        self.patch = keras.layers.Dense(pixels, name="patch", **alike)
        self.window = None
        if size is not None:
            self.window = keras.layers.Dense(filterbank.NUMBERS, name="window", **alike)
        self.state_shape = DRAWDecoderState((height, width), LSTMState((units,), (units,)))
        self.output_shape = ((height, width), (filterbank.NUMBERS,))

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        self.lstm.build((None, None, sequences_shape[-1]))
        for head in (self.patch, self.window):
            if head is not None:
                head.build((None, self.units))
        self.first_canvas = self.add_weight(
            name="first_canvas", shape=(self.height, self.width), initializer="zeros"
        )
        self.first_h = self.add_weight(name="first_h", shape=(self.units,), initializer="zeros")
        super().build(sequences_shape, initial_state_shape)

    def initial_state(self, batch: Any) -> DRAWDecoderState:
        zero = super().initial_state(batch)
        return DRAWDecoderState(
            canvas=zero.canvas + self.first_canvas,
            decoder=LSTMState(h=zero.decoder.h + self.first_h, c=zero.decoder.c),
        )

    def step(
        self, z: Tensor, state: DRAWDecoderState
    ) -> tuple[tuple[Tensor, Tensor], DRAWDecoderState]:
        h, decoder = self.lstm.advance(z, state.decoder)
        stroke, window = self.stroke(h)
        canvas = state.canvas + stroke
        return (canvas, window), DRAWDecoderState(canvas, decoder)

    def stroke(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """write(h), (batch, height, width), and its window, (batch, 5)."""
        patch = self.patch(h)
        if self.window is None or self.size is None:
            return ops.reshape(patch, (-1, self.height, self.width)), filterbank.none(h)
        where = filterbank.window(self.window(h), self.size, self.height, self.width)
        patch = ops.reshape(patch, (-1, self.size, self.size))
        stroke = filterbank.write(patch, where, self.height, self.width)
        return stroke, ops.stack(where, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "height": self.height,
            "width": self.width,
            "size": self.size,
        }


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class DRAW(Core):
    """A variational autoencoder that looks at an image and draws it, both step by step.

        x̂_t   = x - σ(c_{t-1})                              what is not drawn yet
        r_t   = read(x, x̂_t, h^dec_{t-1})                   through a window, or both whole
        h^enc_t = LSTM([r_t; h^dec_{t-1}], h^enc_{t-1})
        μ_t, log σ_t = W_μ h^enc_t + b_μ, W_σ h^enc_t + b_σ
        z_t   = μ_t + σ_t ε_t                               Q(Z_t | h^enc_t)
        h^dec_t, c_t = decoder(z_t)                         see `DRAWDecoder`

    c_0, h^enc_0 and h^dec_0 are learned.

    The bound on -log p(x) is L^x + L^z: the cross entropy of x and σ(c_T), and the sum over t of
    ½ Σ (μ_t² + σ_t² - log σ_t² - 1). Where `posterior` is 0 the latents are z_t = ε_t, drawn from
    the prior: the network makes an image of its own.

    Args:
        units: size of either hidden state.
        latents: size of z.
        read_size, write_size: N of the windows; None for no attention.
        **kwargs: of `Core`, but for `return_sequences` and `return_state`.

    Call arguments:
        images: x, (batch, height, width), from 0 to 1.
        noise: ε, (batch, time, latents), drawn from N(0, 1); its time is the number of strokes.
        posterior: (batch, 1), 1 where an image is looked at, 0 where one is made up; 1 by default.

    Returns:
        A `DRAWOutput`.

    Raises:
        ValueError: an argument out of range, or images or noise of another number of axes.

    Source: K. Gregor, I. Danihelka, A. Graves, D. J. Rezende, D. Wierstra, DRAW: a recurrent neural
    network for image generation, ICML 2015, eq. 1 to 13.

    >>> import keras, zoo
    >>> drawn = zoo.layers.DRAW(64, latents=16)(keras.Input((28, 28)), keras.Input((10, 16)))
    >>> drawn.canvases.shape, drawn.latent_nats.shape
    ((None, 10, 28, 28), (None, 10))
    """

    def __init__(
        self,
        units: int,
        latents: int,
        *,
        read_size: int | None = 2,
        write_size: int | None = 5,
        **kwargs: Unpack[SequenceArguments],
    ):
        always: dict[str, Any] = {"return_sequences": True, "return_state": True}
        super().__init__(**{**kwargs, **always})
        sizes = {"units": units, "latents": latents}
        if read_size is not None:
            sizes["read_size"] = read_size
        for name, number in sizes.items():
            self._require(
                isinstance(number, int) and number > 0, name, number, "an integer above 0"
            )
        self.units, self.latents = units, latents
        self.read_size, self.write_size = read_size, write_size
        alike = {"dtype": self.dtype_policy}
        self.encoder = LSTM(units, name="encoder", **alike)
        self.mean = keras.layers.Dense(latents, name="mean", **alike)
        self.log_deviation = keras.layers.Dense(latents, name="log_deviation", **alike)
        self.read_window = None
        if read_size is not None:
            self.read_window = keras.layers.Dense(filterbank.NUMBERS, name="read_window", **alike)

    def build(self, images_shape: Any, noise_shape: Any, posterior_shape: Any = None) -> None:
        takes = "(batch, height, width)"
        self._require(len(images_shape) == 3, "images of shape", tuple(images_shape), takes)
        takes = f"(batch, time, {self.latents})"
        fits = len(noise_shape) == 3 and noise_shape[-1] == self.latents
        self._require(fits, "noise of shape", tuple(noise_shape), takes)
        _, height, width = images_shape
        self.decoder = DRAWDecoder(
            self.units, height, width, size=self.write_size, name="decoder", dtype=self.dtype_policy
        )
        self.decoder.build((None, None, self.latents))
        read_size = 2 * (height * width if self.read_size is None else self.read_size**2)
        self.encoder.build((None, None, read_size + self.units))
        for head in (self.mean, self.log_deviation, self.read_window):
            if head is not None:
                head.build((None, self.units))
        self.first_h = self.add_weight(name="first_h", shape=(self.units,), initializer="zeros")
        encoder_shape = LSTMState((self.units,), (self.units,))
        self.state_shape = DRAWState(self.decoder.state_shape, encoder_shape)
        window = (filterbank.NUMBERS,)
        self.output_shape = DRAWOutput((height, width), (), (), window, window)
        super().build(noise_shape)

    def initial_state(self, batch: Any) -> DRAWState:
        zero = super().initial_state(batch).encoder
        return DRAWState(
            drawing=self.decoder.initial_state(batch),
            encoder=LSTMState(h=zero.h + self.first_h, c=zero.c),
        )

    def call(self, images: Tensor, noise: Tensor, posterior: Tensor | None = None) -> DRAWOutput:
        context = {"images": images, "posterior": 1.0 if posterior is None else posterior}
        outputs, *_ = self.run(self.cell(**context), noise)
        return outputs

    def step(
        self, noise: Tensor, state: DRAWState, *, images: Tensor, posterior: Tensor
    ) -> tuple[DRAWOutput, DRAWState]:
        before = state.drawing.decoder.h
        missing = images - ops.sigmoid(state.drawing.canvas)
        r, read_window = self.read(images, missing, before)
        h, encoder = self.encoder.advance(ops.concatenate([r, before], axis=-1), state.encoder)
        mu, log_sigma = self.mean(h) * posterior, self.log_deviation(h) * posterior
        z = mu + ops.exp(log_sigma) * noise
        (canvas, write_window), drawing = self.decoder.advance(z, state.drawing)
        nats = ops.sum(ops.square(mu) + ops.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=-1) / 2
        ratio = ops.sum((ops.square(noise) - ops.square(z)) / 2 + log_sigma, axis=-1)
        output = DRAWOutput(canvas, nats, ratio, read_window, write_window)
        return output, DRAWState(drawing, encoder)

    def read(self, images: Tensor, missing: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """read(x, x̂, h), (batch, numbers), and its window, (batch, 5)."""
        _, height, width = images.shape
        parts = [images, missing]
        if self.read_window is None or self.read_size is None:
            window = filterbank.none(h)
        else:
            where = filterbank.window(self.read_window(h), self.read_size, height, width)
            parts = [filterbank.read(part, where, self.read_size) for part in parts]
            window = ops.stack(where, axis=-1)
        flat = [ops.reshape(part, (-1, part.shape[1] * part.shape[2])) for part in parts]
        return ops.concatenate(flat, axis=-1), window

    def compute_output_shape(
        self, images_shape: Any, noise_shape: Any, posterior_shape: Any = None
    ) -> DRAWOutput:
        batch, time, _ = noise_shape
        window, number = (batch, time, filterbank.NUMBERS), (batch, time)
        return DRAWOutput((batch, time, *images_shape[1:]), number, number, window, window)

    def compute_mask(self, *_: Any) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "latents": self.latents,
            "read_size": self.read_size,
            "write_size": self.write_size,
        }
