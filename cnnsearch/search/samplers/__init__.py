"""The samplers, which propose points, by name. To add one, write a class in a module here and add its name to
the registry below.

Every sampler is created from the records when a search starts or resumes, so that a resumed search continues
as if uninterrupted, and a space that has grown keeps its old trials. (Only CMA-ES has a state that is not in
the records: its distribution starts again.)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

from optuna.samplers import BaseSampler

from cnnsearch.errors import MissingDependencyError
from cnnsearch.search.samplers.base import ExhaustedError, Sampler
from cnnsearch.search.samplers.cmaes import Cmaes
from cnnsearch.search.samplers.given import Given
from cnnsearch.search.samplers.gp import GaussianProcess
from cnnsearch.search.samplers.grid import Grid
from cnnsearch.search.samplers.nsga2 import Nsga2
from cnnsearch.search.samplers.random import Random
from cnnsearch.search.samplers.tpe import Tpe
from cnnsearch.space import Space
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings

__all__ = ["SAMPLERS", "ExhaustedError", "Sampler", "SamplerEntry", "check_sampler", "make_sampler"]

MakeSampler = Callable[[Settings, Space, Iterable[TrialRecord], Iterable[TrialRecord]], Sampler]


@dataclass(frozen=True)
class SamplerEntry:
    """How to make a sampler.

    Attributes:
        make: Takes the settings, the space, the study's records and those of an earlier study.
        package: The package that the sampler needs besides Optuna, if any.
        extra: The extra of cnnsearch that installs this package.
    """

    make: MakeSampler
    package: str = ""
    extra: str = ""


SAMPLERS: dict[str, SamplerEntry] = {
    "tpe": SamplerEntry(Tpe),
    "random": SamplerEntry(Random),
    "grid": SamplerEntry(Grid),
    "nsga2": SamplerEntry(Nsga2),
    "gp": SamplerEntry(GaussianProcess, package="torch", extra="gp"),
    "cmaes": SamplerEntry(Cmaes, package="cmaes", extra="cmaes"),
}


def make_sampler(
    settings: Settings,
    space: Space,
    records: Iterable[TrialRecord],
    earlier: Iterable[TrialRecord] = (),
    given: BaseSampler | None = None,
) -> Sampler:
    """Make the sampler that the settings name, and add the records to it.

    Args:
        settings: The sampler, the objectives and the seed.
        space: The space to draw from; values of records that are no longer in it are left out.
        records: The study's records.
        earlier: Records of another study, to learn from.
        given: An instance to draw with instead.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
        SpaceError: The sampler is a grid, and the space has infinitely many points.
    """
    if given is not None:
        return Given(settings, space, records, earlier, sampler=given)
    entry = check_sampler(settings.sampler)
    return entry.make(settings, space, records, earlier)


def check_sampler(name: str) -> SamplerEntry:
    """Return a sampler's entry after checking that its package is installed.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
    """
    entry = SAMPLERS[name]
    if entry.package and find_spec(entry.package) is None:
        raise MissingDependencyError(
            f"--sampler {name} needs the package {entry.package}: pip install 'cnnsearch[{entry.extra}]'"
        )
    return entry
