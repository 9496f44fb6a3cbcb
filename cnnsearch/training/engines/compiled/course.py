"""What a member of a group has for itself: examples, rates and seeds of each epoch, and its progress."""

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.training import TaskTraining
from cnnsearch.training.augmentation.augmenter import Augmenter
from cnnsearch.training.engines.base import Training, check_finite
from cnnsearch.training.engines.compiled.network import Network, State
from cnnsearch.training.engines.compiled.numbers import Numbers
from cnnsearch.training.fidelity import Fidelity, Indices
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.layer_seeds import layer_seeds
from cnnsearch.training.optimizers import learning_rate, stretched_rate
from cnnsearch.training.progress import Objective, Progress
from cnnsearch.training.protocol import Member, MetricValues
from cnnsearch.training.rounds import Rounds


class Course:
    """The course of a member's training.

    Args:
        member: The member.
        training: The fold and the job of which it is part.

    Attributes:
        plan: How it is trained.
        task_training: The task's training by this plan.
        targets: Those of all training examples.
        augmenter: Augments its batches.
        progress: The epochs so far.
    """

    def __init__(self, member: Member, training: Training) -> None:
        self.member, self.plan = member, member.plan
        self._seed = training.seed_of(member)
        self._rounds = Rounds(training.task, training.train, training.validation, self._seed, member.fidelity)
        self.task_training: TaskTraining = training.task_training(member)
        self.targets = self.task_training.training_targets(training.train.y)
        self.augmenter = Augmenter(
            member.plan.augmentation, self._seed, training.value_range, training.task.target_form
        )
        self._objective = Objective(training.job.metric, training.job.direction)
        self.progress = Progress(fold=training.fold)
        plan = member.plan
        self._rate = learning_rate(plan.learning_rate, plan.schedule, self.steps, member.first_epochs)
        if member.fidelity is not None and member.fidelity.earlier:
            self.resize(member.fidelity)

    @property
    def epoch(self) -> int:
        """Number of epochs finished."""
        return self.progress.epoch

    @property
    def epochs(self) -> int:
        """The full budget."""
        return self._rounds.count or self.member.epochs

    @property
    def length(self) -> int:
        """Number of training examples in an epoch."""
        return self._rounds.length

    @property
    def steps(self) -> int:
        """Number of steps in an epoch, including a smaller last one."""
        return num_batches(self._rounds.length, self.plan.batch_size)

    def begin(self, network: Network) -> tuple[State, Numbers]:
        """Return the state before the first step, with weights drawn from the seed, and the numbers."""
        keras.utils.set_random_seed(self._seed)
        return network.begin(self.member)

    def order(self) -> Indices:
        """Return the examples of the next epoch: `(length,)` positions in the training split."""
        return self._rounds.order(self.epoch)

    def rates(self) -> NDArray[np.float32]:
        """Return the learning rates of the next epoch's steps."""
        if not callable(self._rate):
            return np.full(self.steps, self._rate, np.float32)
        steps = np.arange(self.epoch * self.steps, (self.epoch + 1) * self.steps)
        return np.asarray(self._rate(steps), np.float32)

    def rate_at_end(self) -> float:
        """Return the learning rate after the next epoch's last step, as Keras reports it."""
        return float(self._rate((self.epoch + 1) * self.steps) if callable(self._rate) else self._rate)

    def seeds(self, layers: int) -> NDArray[np.int64]:
        """Return the seeds of the next epoch's layers, `(layers, 2)`."""
        return layer_seeds((self._seed, self.epoch), layers)

    def validated(self) -> Indices:
        """Return the positions of the examples that are validated after the next epoch."""
        return self._rounds.validated(self.epoch)

    def resize(self, fidelity: Fidelity) -> None:
        """Change the length of training; the rest of the schedule is spread over the remaining rounds."""
        self._rounds.resize(fidelity)
        if callable(self._rate):
            self._rate = stretched_rate(self.plan, fidelity, self.steps)

    def finish_epoch(self, metrics: MetricValues) -> bool:
        """Add an epoch to the progress, and return whether it is the best one.

        Raises:
            TrainingDivergedError: A loss is NaN or infinite.
        """
        check_finite(metrics, self.epoch + 1)
        self.progress = self.progress.after(
            metrics,
            self._objective,
            self.plan.early_stopping,
            is_latest_best=self._rounds.is_checked_in_part,
        )
        return self.progress.best_epoch == self.progress.epoch
