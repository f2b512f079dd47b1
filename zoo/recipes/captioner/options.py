"""The options of the captioner."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from zoo.recipes import cells
from zoo.recipes.options import Options as Shared

ATTENTIVE = "AttentiveLSTM"


class Options(Shared):
    epochs: int = Field(20, ge=1, description="epochs at most")
    patience: int = Field(8, ge=1, description="epochs without a better dev BLEU")
    learning_rate: float = Field(1e-3, gt=0, description="learning rate at its peak")
    data: Literal["flickr8k", "coco"] = Field("flickr8k", description="photographs and captions")
    features: str = Field(
        "efficientnet-lite0", description="convolutional network, or one of keras.applications"
    )
    side: int = Field(160, ge=32, description="pixels on a side of an image")
    enlarged: int = Field(224, ge=32, description="pixels on a side as the network takes it")
    cell: Annotated[str, *cells.option(ATTENTIVE, *cells.LAYERS)] = Field(
        ATTENTIVE,
        description="recurrent layer of the decoder: AttentiveLSTM looks at the image before every "
        "word, for LSTM the image is the first input, for any other an input at every step",
    )
    words: int = Field(2500, ge=10, description="size of the vocabulary, of the words of train")
    embedding: int = Field(256, ge=1, description="size of a word's embedding")
    places: int = Field(256, ge=1, description="features of a position of the attention's memory")
    units: int = Field(384, ge=1, description="units of the decoder")
    dropout: float = Field(0.4, ge=0, lt=1, description="between the layers")
    recurrent: float = Field(0.2, ge=0, lt=1, description="dropout inside the recurrent layer")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="share spread over all words")
    captions_per_batch: int = Field(64, ge=1, description="captions in a batch")

    @field_validator("cell", mode="before")
    @classmethod
    def _of_version_0_2(cls, value: Any) -> Any:
        """The cards of models trained by 0.2.0 call it by what it does."""
        return ATTENTIVE if value == "attention" else value
