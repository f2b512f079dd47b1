"""ONNX Runtime Web, Copyright Microsoft Corporation, MIT licence, as its npm package has it."""
