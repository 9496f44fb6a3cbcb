"""The estimated training time of a candidate, from that of other trials, and its share of the time limit."""

from collections.abc import Iterable, Mapping

from cnnsearch.durations import duration, rough_duration
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings

LARGEST_SHARE = 0.25
"""Share of a search's time that one trial may take."""
LARGEST_FACTOR = 2.0
"""... or so many times the shortest training time of a trial so far, where that is more."""
TOO_LONG = "training time"


class TrainingTimeLimit:
    """Rejects candidates by their estimated training time, once a trial has been trained for an epoch.

    Time is taken to be in proportion to the MACs, by the best rate that any trial has reached: small
    networks are slower for their size, so that a large one is not held for slower than it is.

    Args:
        settings: The time limit and the epochs of a trial.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout, self._epochs = settings.timeout, settings.most_epochs * settings.folds

    def check(self, costs: Mapping[str, int], records: Iterable[TrialRecord]) -> None:
        """Passes where there is no time limit, or a trial would keep its share of it.

        Raises:
            InfeasibleArchitectureError: It would take longer.
        """
        known = [record for record in records if record.curve and record.trial.counts.get("macs")]
        if self._timeout is None or not known:
            return
        per_mac = min(seconds_per_epoch(record) / record.trial.counts["macs"] for record in known)
        shortest = min(seconds_per_epoch(record) for record in known)
        seconds = per_mac * costs["macs"] * self._epochs
        limit = max(LARGEST_SHARE * self._timeout, LARGEST_FACTOR * shortest * self._epochs)
        if seconds > limit:
            raise InfeasibleArchitectureError(
                f"would train for about {rough_duration(seconds)}, of the {duration(self._timeout)} that the "
                "search has",
                limit=TOO_LONG,
                violation=seconds / limit - 1.0,
            )


def seconds_per_epoch(record: TrialRecord) -> float:
    """How long an epoch of a trial took, start-up and the first epoch apart where there were others."""
    first, last = record.curve[0], record.curve[-1]
    if len(record.curve) > 1:
        return max(last.time - first.time, 1e-3) / (len(record.curve) - 1)
    return max(first.time - record.trial.started, 1e-3)
