"""The events of a search for its watchers: the log file, the terminal, the mirror."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cnnsearch.study.finalists import Retraining
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import TrialRecord


@dataclass(frozen=True)
class WorkersReady:
    """A worker is ready: its backend, devices and versions."""

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
    """A message for the user, in one sentence."""

    text: str


@dataclass(frozen=True)
class PlanMade:
    """The plan of a search; revised once the machine has been measured."""

    plan: Plan
    is_revised: bool = False


@dataclass(frozen=True)
class FinalistChanged:
    """A finalist's retraining began, ended an epoch, or ended."""

    retraining: Retraining


@dataclass(frozen=True)
class Tick:
    """Time has passed.

    Attributes:
        seconds: Duration of the search so far, over all its runs.
        left: Predicted seconds until the end of running trials, by their numbers, if known.
        shares: Finished share of the current epoch of running trials, by their numbers, and of running
            retrainings, by their seeds, if known.
    """

    seconds: float
    left: Mapping[int, float] = field(default_factory=dict)
    shares: Mapping[int, float] = field(default_factory=dict)


Happening = Tick | WorkersReady | TrialChanged | FinalistChanged | PlanMade | Note
Watcher = Callable[[Happening], None]
