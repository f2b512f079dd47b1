"""The options of the translator."""

from typing import Literal

from pydantic import Field

from zoo.recipes.cells import Cell
from zoo.recipes.options import Options as Shared


class Options(Shared):
    epochs: int = Field(45, ge=1, description="epochs at most")
    patience: int = Field(15, ge=1, description="epochs without a better dev accuracy")
    learning_rate: float = Field(2e-3, gt=0, description="learning rate at its peak")
    source: str = Field("de", description="language to translate from: cs, de, en or fr")
    target: str = Field("en", description="language to translate to")
    pairs: str = Field("", description="a file of pairs, source TAB target, instead of Multi30k")
    cell: Cell = Field("LSTM", description="recurrent layer of both halves")
    attention: Literal["luong", "bahdanau", "none"] = Field(
        "luong", description="attention of the decoder to the source"
    )
    subwords: int = Field(2000, ge=100, description="subwords of each language")
    features: int = Field(224, ge=1, description="size of a subword's embedding")
    encoder_units: int = Field(192, ge=1, description="units of each direction of the encoder")
    units: int = Field(320, ge=1, description="units of the decoder")
    dropout: float = Field(0.3, ge=0, lt=1, description="between the layers")
    recurrent_dropout: float = Field(
        0.2, ge=0, lt=1, description="inside the recurrent layers that have it"
    )
    word_dropout: float = Field(
        0.1, ge=0, lt=1, description="share of inputs replaced by the unknown subword"
    )
    subword_candidates: int = Field(
        64, ge=1, le=512, description="segmentations of a text that training samples from"
    )
    likeliest_epochs: int = Field(
        12,
        ge=0,
        description="last epochs, or all of a short training, with the likeliest segmentation",
    )
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="share spread over all subwords")
    steps_per_batch: int = Field(1200, ge=1, description="subwords in a batch, padding included")
