"""The versions of this program, of Python and of the packages that a search depends on."""

import platform
from importlib.metadata import PackageNotFoundError, version

from cnnsearch.version import __version__

PACKAGES = ("tensorflow", "jax", "keras", "keras-tuner", "optuna", "mlflow", "pandas", "torch", "cmaes")


def package_versions() -> dict[str, str | None]:
    """Return the version of each package, None for one that is not installed."""
    return {package: _version(package) for package in PACKAGES}


def versions_line() -> str:
    """Return all versions in one line."""
    installed = [f"{name} {number}" for name, number in package_versions().items() if number]
    return ", ".join([f"cnnsearch {__version__}", f"Python {platform.python_version()}", *installed])


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
