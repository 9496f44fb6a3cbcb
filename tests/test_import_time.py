"""What is started often stays light: it imports no TensorFlow, Keras, Optuna or MLflow."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "optuna", "mlflow", "jax", "pandas", "scipy", "sklearn")
REPORT = """
import atexit, sys
atexit.register(lambda: print("\\nloaded:", [name for name in {heavy} if name in sys.modules]))
sys.argv = ["cnnsearch", *{arguments}]
{code}
"""
COMMANDS = [
    ["--help"],
    ["search", "--help"],
    ["validate", "plain"],
    ["spaces"],
    ["schema"],
    ["describe", "plain"],
    ["describe", "vgg", "--sample", "1"],
    ["describe", "plain", "--baseline", "small", "--json"],
]


def loaded(code, arguments=(), heavy=HEAVY):
    """The heavy packages that are loaded when a process ends."""
    script = REPORT.format(heavy=heavy, arguments=list(arguments), code=code)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_light_command_loads_nothing_heavy(arguments):
    assert loaded("from cnnsearch.cli import main; main()", arguments) == "loaded: []"


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [(["--help"], ("numpy", "pydantic", "email", "cnnsearch.api")), (["validate", "plain"], ("numpy",))],
)
def test_the_commands_that_are_called_most_load_less(arguments, heavy):
    assert loaded("from cnnsearch.cli import main; main()", arguments, heavy) == "loaded: []"


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("import cnnsearch") == "loaded: []"


def test_the_architecture_the_space_and_the_protocol_load_nothing_heavy():
    modules = (
        "cnnsearch.architecture, cnnsearch.space, cnnsearch.plan.augmentation, cnnsearch.training.protocol"
    )
    assert loaded(f"import {modules}") == "loaded: []"


def test_the_driver_loads_no_keras():
    found = loaded("import cnnsearch.api")
    assert not {"tensorflow", "keras", "mlflow", "jax"} & set(found.split("'"))


def test_the_tracking_loads_no_keras_and_no_optuna():
    found = loaded("import cnnsearch.tracking.mirror")
    assert not {"tensorflow", "keras", "optuna"} & set(found.split("'"))
