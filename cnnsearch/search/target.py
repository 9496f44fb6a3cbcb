"""The requirements of a dataset on candidates. Imports no sampler, so that recommendations need none."""

from dataclasses import dataclass

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.space import AnyCandidate, Pixels, Space
from cnnsearch.space.candidate import Baseline
from cnnsearch.tasks.base import Task


@dataclass(frozen=True)
class Target:
    """The requirements of a dataset on candidates: the shape of its examples, and its task."""

    input_shape: tuple[int, ...]
    task: Task
    pixels: Pixels

    @staticmethod
    def of(summary: DatasetSummary) -> "Target":
        """Return the target of a dataset."""
        pixels = Pixels(
            low=summary.values.low,
            high=summary.values.high,
            means=summary.channel_means,
            variances=summary.channel_variances,
        )
        return Target(summary.input_shape, summary.task, pixels)

    def random_candidate(self, space: Space, seed: int, point: Baseline | None = None) -> AnyCandidate:
        """Return a random candidate of a space for this target, or a random completion of a known point."""
        return space.sample_random(seed, input_shape=self.input_shape, task=self.task, point=point)
