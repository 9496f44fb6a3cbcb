"""The number of trials that share an accelerator, from a trial's speed before and after another one joins.

Processes on one accelerator take turns unless NVIDIA's Multi-Process Service runs, so that a second trial
helps only as far as the first one leaves the device idle.
"""

from collections.abc import Collection

from cnnsearch.search.executors.worker_count import WORTH

_WHOLE = 2
"""Reports of a trial, after another one joined or left, until an epoch was side by side as a whole."""


class AcceleratorSharing:
    """Adds trials one by one as long as all together train faster.

    Args:
        most: The largest number of trials.

    Attributes:
        allowed: The number of concurrent trials.
        is_settled: Whether it stays.
    """

    def __init__(self, most: int) -> None:
        self._most, self._proven = max(1, most), 1
        self.allowed, self.is_settled = 1, most <= 1
        self._known: dict[int, dict[int, float]] = {}
        self._reports: dict[int, int] = {}
        self._seen: frozenset[int] = frozenset()

    def report(self, trial: int, seconds: float | None, training: Collection[int], begun: int) -> None:
        """Learn from an epoch.

        Args:
            trial: The trial.
            seconds: The duration of its steps; None if it was not measured.
            training: The trials that have finished an epoch and train now, this one included.
            begun: The number of trials that train now; in its first epoch a trial is compiled as well.
        """
        if self.is_settled:
            return
        if (now := frozenset(training)) != self._seen:
            self._seen, self._reports = now, {}
        self._reports[trial] = self._reports.get(trial, 0) + 1
        is_first = now == {trial} and self._known == {}
        is_whole = len(now) == begun and (is_first or self._reports[trial] >= _WHOLE)
        if seconds is not None and is_whole:
            known = self._known.setdefault(trial, {})
            known[len(now)] = seconds
            if len(now) == self._proven + 1 and self._proven in known:
                self._compare(known[self._proven], seconds)
        if not self.is_settled:  # one more than proven, where some trial can be compared
            is_comparable = any(self._proven in self._known.get(each, {}) for each in now)
            self.allowed = self._proven + is_comparable

    def cap(self, most: int) -> None:
        """Reduce the largest number of trials."""
        self._most = max(1, min(self._most, most))
        if self._proven >= self._most and not self.is_settled:
            self.limit(self._most)

    def _compare(self, before: float, after: float) -> None:
        """Keep the trial that was added, if all train faster together."""
        if (self._proven + 1) / self._proven * before / after * WORTH < 1.0:
            self.limit(self._proven)
        else:
            self._proven += 1
            if self._proven == self._most:
                self.limit(self._most)

    def limit(self, trials: int) -> None:
        """End the search for a number: more trials do not fit, or do not pay."""
        self.allowed, self.is_settled = max(1, trials), True

    def description(self) -> str:
        """Describe the choice."""
        if self.allowed == 1:
            return "one trial at a time uses the accelerator: a second one beside it makes both slower"
        return f"{self.allowed} trials at a time share the accelerator: together they train faster"
