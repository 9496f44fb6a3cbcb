"""What a search tells those who watch it: the log file, the terminal, the mirror."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cnnsearch.search.planning import Plan
from cnnsearch.study.finalists import Retraining
from cnnsearch.study.records import TrialRecord


@dataclass(frozen=True)
class WorkersReady:
    """A worker is up: where it computes and with what."""

    backend: str
    devices: tuple[str, ...]
    versions: dict[str, str]


@dataclass(frozen=True)
class TrialChanged:
    """A trial began, ended an epoch, or ended."""

    record: TrialRecord
    is_best: bool = False


@dataclass(frozen=True)
class Note:
    """Something worth knowing, in a sentence."""

    text: str


@dataclass(frozen=True)
class PlanMade:
    """What a planned search will do; made anew once the machine is measured."""

    plan: Plan
    is_revised: bool = False


@dataclass(frozen=True)
class FinalistChanged:
    """A finalist's retraining began, ended an epoch, or ended."""

    retraining: Retraining


@dataclass(frozen=True)
class Tick:
    """Time has gone by.

    Attributes:
        seconds: That the search has taken so far, over all its runs.
        left: Predicted seconds until the end of trials under way, by their numbers, where there are any.
    """

    seconds: float
    left: Mapping[int, float] = field(default_factory=dict)


Happening = Tick | WorkersReady | TrialChanged | FinalistChanged | PlanMade | Note
Watcher = Callable[[Happening], None]
