"""The plan that the search of a study follows, as data; search/planning.py makes it."""

import math

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.durations import rough_duration
from cnnsearch.training.fidelity import Fidelity

RUNG_VALIDATION = 2_000
"""Validation examples at the lower rungs. The standard error of an accuracy of 0.8 is then 0.009, a third of
the usual distance between a rung's best third and its median; the top rung uses the complete split."""
CHECKED = 1_000
"""Validation examples of intermediate reports, which are used only to detect divergence."""
AUGMENTED_FROM, AUGMENTED_FROM_GREY = 3, 15
"""Number of passes from which a training is augmented, in general and on grey images, which are often already
centered: examples that are seen a few times are hardly memorized. docs/budget.md has the measurements."""
VALIDATION_SHARE = 0.1
"""Approximate share of a training's time for its validations."""
ROUND_SECONDS = 15.0
"""Approximate longest time of training without a report."""
FORWARD = 1.0 / 3.0
"""Cost of validating an example relative to training on it."""
MOST_ROUNDS = 60


class Plan(BaseModel):
    """The division of a search's time.

    Attributes:
        seconds: The time for training candidates.
        training: Examples in the training split.
        validation: Examples in the validation split.
        rungs: Examples that a training sees at each rung, ascending.
        candidates: Approximate number of trainings at each rung; at least one at the last.
        most_examples: The length of the longest useful training.
        most_example_seconds: The cost above which a candidate is infeasible: its training at the last rung
            would exceed its share of the time.
        typical_example_seconds: The cost of the median candidate.
        largest_share: The largest share of the time for one training.
        augmented_from: The number of passes over its examples from which a training is augmented.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float
    training: int = Field(ge=1)
    validation: int = Field(ge=1)
    rungs: tuple[int, ...]
    candidates: tuple[int, ...]
    most_examples: int
    most_example_seconds: float
    typical_example_seconds: float
    largest_share: float
    augmented_from: int = AUGMENTED_FROM

    @property
    def top(self) -> int:
        """The index of the last rung."""
        return len(self.rungs) - 1

    def fidelity(self, examples: int, rung: int, example_seconds: float, batch_size: int) -> Fidelity:
        """Return the size of a training in rounds.

        Args:
            examples: Approximate number of examples to see.
            rung: The rung of the training.
            example_seconds: Predicted seconds per example.
            batch_size: A round is a multiple of it.
        """
        validation = self.validation if rung == self.top else min(self.validation, RUNG_VALIDATION)
        subset = min(examples, self.training)
        batch = min(batch_size, subset)
        checked = min(validation, CHECKED)
        affordable = VALIDATION_SHARE * examples / (FORWARD * checked)
        wanted = max(1.0, min(math.ceil(examples / self.training), affordable))
        needed = math.ceil(examples * example_seconds / ROUND_SECONDS)
        rounds = max(1, min(max(round(wanted), needed), MOST_ROUNDS, examples // batch))
        length = max(1, round(examples / rounds / batch)) * batch
        return Fidelity(
            rounds=rounds,
            round_examples=length,
            subset=subset,
            validation=validation,
            checked=checked,
            is_augmented=examples >= self.augmented_from * subset,
        )

    def told(self) -> str:
        """Describe the plan in one line."""
        passes = f"{self.rungs[-1]:,} examples ({self.rungs[-1] / self.training:.3g} passes)"
        steps = [f"{rough_duration(self.seconds)} of training"]
        for number, (examples, count) in enumerate(zip(self.rungs, self.candidates, strict=True)):
            if not count:
                continue
            noun = "" if len(steps) > 1 else " networks" if count != 1 else " network"
            size = passes if number == self.top else f"{examples:,} examples{_share(examples, self.training)}"
            steps.append(f"about {count}{noun} on {size}")
        return f"{steps[0]}: {', '.join(steps[1:])}"


def _share(examples: int, training: int) -> str:
    return f" (1/{round(training / examples)} of the data)" if examples * 1.5 < training else ""
