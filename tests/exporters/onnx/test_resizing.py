"""Images are resized to the size that was asked for, by weights of any precision."""

import keras
import numpy as np
import onnxruntime
import pytest

from zoo.errors import UserError
from zoo.exporters import export


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(("before", "after"), [(7, 5), (10, 20)])
def test_an_image_is_resized_as_the_model_resizes_it(before, after, dtype, tmp_path):
    images = keras.Input((before, before, 1), name="images")
    model = keras.Model(images, keras.layers.Resizing(after, after)(images))
    export(model, tmp_path / "x.onnx", dtype=dtype)
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    given = np.random.default_rng(0).random((2, before, before, 1)).astype("float32")
    [found] = session.run(None, {"images": given})
    assert found.shape == (2, after, after, 1)
    np.testing.assert_allclose(found, model(given), atol=1e-5)


def test_a_size_that_the_converter_gets_wrong_is_a_sentence(tmp_path):
    images = keras.Input((10, 10, 1), name="images")
    model = keras.Model(images, keras.layers.Resizing(14, 14)(images))
    with pytest.raises(UserError, match="does not convert to ONNX: .*export it as saved_model"):
        export(model, tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())
