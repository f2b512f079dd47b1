"""A page for each shipped model, computed in the browser by ONNX Runtime Web."""
