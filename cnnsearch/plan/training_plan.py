"""The training half of a candidate: with augmentation.py the one source of its fields, bounds and defaults.

The number of epochs is no part of a plan: it is what a study
spends on a trial.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.plan.base import PlanPart

LearningRate = Annotated[FiniteFloat, Field(gt=0, description="Step size, before the schedule.")]
Beta1 = Annotated[FiniteFloat, Field(ge=0, lt=1, description="Decay of the gradients' running mean.")]
Beta2 = Annotated[FiniteFloat, Field(ge=0, lt=1, description="Decay of the squared gradients' running mean.")]
Epsilon = Annotated[FiniteFloat, Field(gt=0, description="Added to the denominator for stability.")]
Momentum = Annotated[FiniteFloat, Field(ge=0, lt=1, description="Share of the last step kept in the next.")]
WeightDecay = Annotated[
    FiniteFloat,
    Field(ge=0, description="Share of each weight taken off at a step, times the learning rate; 0: off."),
]
ClipNorm = Annotated[
    FiniteFloat, Field(ge=0, description="Largest norm of one weight tensor's gradient; 0: no clipping.")
]
WarmupEpochs = Annotated[
    FiniteFloat,
    Field(ge=0, description="Epochs over which the learning rate rises from zero; fractions are allowed."),
]


class Adam(PlanPart):
    """Adam: steps scaled by running moments of the gradient (Kingma and Ba, 2014)."""

    type: Literal["adam"] = Field(default="adam", description="Names the optimizer.")
    learning_rate: LearningRate = 0.001
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class AdamW(PlanPart):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2017)."""

    type: Literal["adamw"] = Field(default="adamw", description="Names the optimizer.")
    learning_rate: LearningRate = 0.001
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = 0.004
    clipnorm: ClipNorm = 0.0


class Sgd(PlanPart):
    """Stochastic gradient descent, with momentum where asked for."""

    type: Literal["sgd"] = Field(default="sgd", description="Names the optimizer.")
    learning_rate: LearningRate = 0.01
    momentum: Momentum = 0.0
    nesterov: bool = Field(default=False, description="Nesterov's momentum instead of the plain one.")
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class RMSprop(PlanPart):
    """RMSprop: steps divided by a running mean of the gradients' magnitude (Hinton, 2012)."""

    type: Literal["rmsprop"] = Field(default="rmsprop", description="Names the optimizer.")
    learning_rate: LearningRate = 0.001
    rho: Beta2 = 0.9
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-7
    centered: bool = Field(default=False, description="Divide by the gradients' variance, not their square.")
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class Constant(PlanPart):
    """The learning rate stays as it is after the warm-up."""

    type: Literal["constant"] = Field(default="constant", description="Names the schedule.")
    warmup_epochs: WarmupEpochs = 0.0


class Cosine(PlanPart):
    """After the warm-up the learning rate falls along half a cosine, over the rest of the trial's epochs."""

    type: Literal["cosine"] = Field(default="cosine", description="Names the schedule.")
    warmup_epochs: WarmupEpochs = 0.0
    alpha: FiniteFloat = Field(
        default=0.0, ge=0, le=1, description="What is left at the end, as a share of the learning rate."
    )


class OneCycle(PlanPart):
    """The learning rate rises from zero in a line, then falls in a line to zero at the trial's last step
    (Smith, 2018, A disciplined approach to neural network hyper-parameters, section 4.1)."""

    type: Literal["one_cycle"] = Field(default="one_cycle", description="Names the schedule.")
    warmup: FiniteFloat = Field(
        default=0.25, ge=0, lt=1, description="Share of the trial's steps in which the learning rate rises."
    )


class EarlyStopping(PlanPart):
    """Ends a trial whose metric has not improved for a number of epochs."""

    patience: int = Field(default=5, ge=1, description="Epochs without improvement before the trial ends.")
    min_delta: FiniteFloat = Field(default=0.0, ge=0, description="A smaller change is no improvement.")


Optimizer = Annotated[Adam | AdamW | Sgd | RMSprop, Field(discriminator="type")]
Schedule = Annotated[Constant | Cosine | OneCycle, Field(discriminator="type")]

Loss = Literal["auto", "mse", "mae", "huber"]

USUAL_BATCH = 128
"""The batch size at which a scaled learning rate is the one given."""
_SCALING_POWERS = {"none": 0.0, "sqrt": 0.5, "linear": 1.0}


class TrainingPlan(PlanPart):
    """How one network is trained."""

    batch_size: int = Field(default=64, ge=1, description="Examples in one step.")
    optimizer: Optimizer = Field(default=Adam(), description="What turns gradients into steps.")
    learning_rate_scaling: Literal["none", "sqrt", "linear"] = Field(
        default="none",
        description="How the learning rate follows the batch size: it is multiplied by batch_size / 128 "
        "(linear: Goyal et al., 2017) or its square root (sqrt: Krizhevsky, 2014).",
    )
    schedule: Schedule = Field(default=Constant(), description="How the learning rate changes over a trial.")
    loss: Loss = Field(
        default="auto",
        description="Loss of a regression: mean squared error, mean absolute error, or Huber's; auto: the "
        "task's own.",
    )
    label_smoothing: FiniteFloat = Field(
        default=0.0, ge=0, lt=1, description="Share of a label's weight spread over all classes in training."
    )
    augmentation: tuple[AnyAugmentation, ...] = Field(
        default=(), description="What is done to the examples in training, one kind after the other."
    )
    early_stopping: EarlyStopping | None = Field(
        default=None, description="When to end a trial that no longer improves; null: never."
    )

    @property
    def learning_rate(self) -> float:
        """The optimizer's learning rate at this batch size, before the schedule."""
        scale = self.batch_size / USUAL_BATCH
        return self.optimizer.learning_rate * float(scale ** _SCALING_POWERS[self.learning_rate_scaling])
