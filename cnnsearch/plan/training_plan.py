"""The training plan of a candidate: with `augmentation.py`, the only source of its fields, bounds and
defaults.

The number of epochs is not part of a plan: the study decides how many epochs a trial gets.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from cnnsearch.plan.augmentation import AnyAugmentation
from cnnsearch.plan.base import PlanPart

LearningRate = Annotated[FiniteFloat, Field(gt=0, description="Learning rate, before the schedule.")]
Beta1 = Annotated[
    FiniteFloat, Field(ge=0, lt=1, description="Decay rate of the moving average of the gradients.")
]
Beta2 = Annotated[
    FiniteFloat, Field(ge=0, lt=1, description="Decay rate of the moving average of the squared gradients.")
]
Epsilon = Annotated[
    FiniteFloat, Field(gt=0, description="Constant added to the denominator for numerical stability.")
]
Momentum = Annotated[FiniteFloat, Field(ge=0, lt=1, description="Momentum; 0: none.")]
WeightDecay = Annotated[
    FiniteFloat,
    Field(ge=0, description="Decoupled weight decay, multiplied by the learning rate; 0: none."),
]
ClipNorm = Annotated[
    FiniteFloat, Field(ge=0, description="Maximum gradient norm of each weight tensor; 0: no clipping.")
]
WarmupEpochs = Annotated[
    FiniteFloat,
    Field(ge=0, description="Epochs of linear warm-up from zero; fractions are allowed."),
]


class Adam(PlanPart):
    """Adam (Kingma and Ba, 2014)."""

    type: Literal["adam"] = Field(default="adam", description="Word of the optimizer.")
    learning_rate: LearningRate = 0.001
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class AdamW(PlanPart):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2017)."""

    type: Literal["adamw"] = Field(default="adamw", description="Word of the optimizer.")
    learning_rate: LearningRate = 0.001
    beta_1: Beta1 = 0.9
    beta_2: Beta2 = 0.999
    epsilon: Epsilon = 1e-7
    weight_decay: WeightDecay = 0.004
    clipnorm: ClipNorm = 0.0


class Sgd(PlanPart):
    """Stochastic gradient descent, optionally with momentum."""

    type: Literal["sgd"] = Field(default="sgd", description="Word of the optimizer.")
    learning_rate: LearningRate = 0.01
    momentum: Momentum = 0.0
    nesterov: bool = Field(default=False, description="Whether to use Nesterov momentum.")
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class RMSprop(PlanPart):
    """RMSprop (Hinton, 2012)."""

    type: Literal["rmsprop"] = Field(default="rmsprop", description="Word of the optimizer.")
    learning_rate: LearningRate = 0.001
    rho: Beta2 = 0.9
    momentum: Momentum = 0.0
    epsilon: Epsilon = 1e-7
    centered: bool = Field(
        default=False, description="Whether to normalize by the variance of the gradients, not their square."
    )
    weight_decay: WeightDecay = 0.0
    clipnorm: ClipNorm = 0.0


class Constant(PlanPart):
    """Constant learning rate after the warm-up."""

    type: Literal["constant"] = Field(default="constant", description="Word of the schedule.")
    warmup_epochs: WarmupEpochs = 0.0


class Cosine(PlanPart):
    """Cosine decay after the warm-up, over the remaining epochs of the trial."""

    type: Literal["cosine"] = Field(default="cosine", description="Word of the schedule.")
    warmup_epochs: WarmupEpochs = 0.0
    alpha: FiniteFloat = Field(
        default=0.0, ge=0, le=1, description="Final learning rate, as a fraction of the learning rate."
    )


class OneCycle(PlanPart):
    """Linear increase of the learning rate from zero, then linear decrease to zero at the trial's last step
    (Smith, 2018, A disciplined approach to neural network hyper-parameters, section 4.1)."""

    type: Literal["one_cycle"] = Field(default="one_cycle", description="Word of the schedule.")
    warmup: FiniteFloat = Field(
        default=0.25, ge=0, lt=1, description="Fraction of the trial's steps with increasing learning rate."
    )


class EarlyStopping(PlanPart):
    """Stops a trial when its metric has not improved for a number of epochs."""

    patience: int = Field(default=5, ge=1, description="Epochs without improvement before the trial stops.")
    min_delta: FiniteFloat = Field(
        default=0.0, ge=0, description="Minimum change that counts as an improvement."
    )


Optimizer = Annotated[Adam | AdamW | Sgd | RMSprop, Field(discriminator="type")]
Schedule = Annotated[Constant | Cosine | OneCycle, Field(discriminator="type")]

Loss = Literal["auto", "mse", "mae", "huber", "crossentropy", "dice", "focal", "crossentropy_dice"]

USUAL_BATCH = 128
"""The batch size at which learning rate scaling has no effect."""
_SCALING_POWERS = {"none": 0.0, "sqrt": 0.5, "linear": 1.0}


class TrainingPlan(PlanPart):
    """The settings with which a network is trained."""

    batch_size: int = Field(default=64, ge=1, description="Number of examples per training step.")
    optimizer: Optimizer = Field(default=Adam(), description="Optimizer.")
    learning_rate_scaling: Literal["none", "sqrt", "linear"] = Field(
        default="none",
        description="Scaling of the learning rate with the batch size: by batch_size / 128 (linear: Goyal "
        "et al., 2017) or its square root (sqrt: Krizhevsky, 2014).",
    )
    schedule: Schedule = Field(default=Constant(), description="Learning rate schedule.")
    loss: Loss = Field(
        default="auto",
        description="Loss of a regression: `mse`, `mae` or `huber`; of a segmentation: `crossentropy`, "
        "`dice`, `focal`, or `crossentropy_dice`, a sum; `auto`: the task's default.",
    )
    label_smoothing: FiniteFloat = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Fraction of a label's probability spread over all classes during training.",
    )
    augmentation: tuple[AnyAugmentation, ...] = Field(
        default=(), description="Augmentations of the training examples, in order."
    )
    early_stopping: EarlyStopping | None = Field(
        default=None, description="Rule for stopping a trial that no longer improves; null: none."
    )

    @property
    def learning_rate(self) -> float:
        """Learning rate of the optimizer, scaled for the batch size, before the schedule."""
        scale = self.batch_size / USUAL_BATCH
        return self.optimizer.learning_rate * float(scale ** _SCALING_POWERS[self.learning_rate_scaling])
