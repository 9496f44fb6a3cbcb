"""The estimated training time of a candidate, from other trials, and its share of the time limit."""

from collections.abc import Iterable, Mapping

from cnnsearch.durations import duration, rough_duration
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings

LARGEST_SHARE = 0.25
"""Share of a search's time for one trial."""
LARGEST_FACTOR = 2.0
"""... or this multiple of the shortest training time of a trial so far, if that is more."""
TOO_LONG = "training time"


class TrainingTimeLimit:
    """Reject candidates by their estimated training time, once that of a trial is known.

    The time is assumed to be proportional to the MACs, at the best rate of any trial so far: small networks
    are slower relative to their size, so that the time of a large one is not overestimated. A trial in its
    first epoch, which includes the start-up, says nothing yet.

    Args:
        settings: The time limit and the epochs of a trial.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout, self._epochs = settings.timeout, settings.most_epochs * settings.folds

    def check(self, costs: Mapping[str, int], records: Iterable[TrialRecord]) -> None:
        """Check that a trial would keep its share of the time limit, if there is one.

        Raises:
            InfeasibleArchitectureError: It would take longer.
        """
        trained = [record for record in records if _is_measured(record) and record.trial.counts.get("macs")]
        if self._timeout is None or not trained:
            return
        per_mac = min(seconds_per_epoch(record) / record.trial.counts["macs"] for record in trained)
        shortest = min(seconds_per_epoch(record) for record in trained)
        seconds = per_mac * costs["macs"] * self._epochs
        limit = max(LARGEST_SHARE * self._timeout, LARGEST_FACTOR * shortest * self._epochs)
        if seconds > limit:
            raise InfeasibleArchitectureError(
                f"training would take about {rough_duration(seconds)} of the search's "
                f"{duration(self._timeout)}",
                limit=TOO_LONG,
                violation=seconds / limit - 1.0,
            )


def _is_measured(record: TrialRecord) -> bool:
    return len(record.curve) > 1 or (len(record.curve) == 1 and record.result is not None)


def seconds_per_epoch(record: TrialRecord) -> float:
    """Return the duration of a trial's epoch, without start-up and the first epoch if there are others."""
    first, last = record.curve[0], record.curve[-1]
    if len(record.curve) > 1:
        return max(last.time - first.time, 1e-3) / (len(record.curve) - 1)
    return max(first.time - record.trial.started, 1e-3)
