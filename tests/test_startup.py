"""What is imported at the start, counted in modules: seconds depend on what else the machine does.

`python -m benchmarks.startup` measures the seconds.
"""

import subprocess
import sys

HEAVY = {"jax", "keras", "nltk", "numpy", "onnx", "onnxruntime", "PIL", "tensorflow", "wrapt"}
OF_THE_COMMAND = {"pydantic", "rich", "typer"}
SLOW_PARTS_OF_PYTHON = {"asyncio", "dataclasses", "importlib.metadata", "importlib.resources"}


def modules(code):
    """Names of the modules that are imported after the code ran in a process of its own."""
    code += "\nimport sys\nsys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.split())


def test_import_zoo_imports_nothing_heavy():
    found = modules("import zoo") - modules("")
    assert found & (HEAVY | OF_THE_COMMAND | SLOW_PARTS_OF_PYTHON) == set()
    assert len(found) < 60


def test_the_help_of_the_command_imports_nothing_but_what_parses_it():
    code = """
import contextlib, sys
sys.argv = ["zoo", "--help"]
from zoo.cli.main import main
with contextlib.suppress(SystemExit):
    main()
"""
    assert modules(code) & (HEAVY | OF_THE_COMMAND) == {"typer"}


def imported_with_keras(tmp_path, order):
    """What the zoo has imported by the time that Keras is, for which an empty module stands here;
    with Keras itself `test_saving` loads what was saved."""
    (tmp_path / "keras.py").write_text("")
    code = f"""
import sys
from importlib.util import find_spec

sys.path.insert(0, {str(tmp_path)!r})
from zoo import registration

sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, registration._AfterKeras)]
before, imported = list(sys.meta_path), []
registration.import_module = imported.append
{order}
assert sys.meta_path == before
print(*imported)
"""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_importing_keras_after_zoo_imports_the_layers_once(tmp_path):
    order = """
registration.register_layers_with_keras()
find_spec("keras")
assert imported == []
import keras
"""
    assert imported_with_keras(tmp_path, order) == ["zoo.layers"]


def test_importing_zoo_after_keras_imports_the_layers(tmp_path):
    order = "import keras\nregistration.register_layers_with_keras()"
    assert imported_with_keras(tmp_path, order) == ["zoo.layers"]
