"""Recipe -> its network, in whatever process needs it; and a worker's job that is one -> its result."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from math import prod

import keras

from cnnsearch.architecture.recipe import Plain, Recipe
from cnnsearch.data import open_stored
from cnnsearch.errors import InfeasibleArchitectureError, SearchError
from cnnsearch.interop.hypermodel import HypermodelJob, load_hypermodel, run_hypermodel, standing
from cnnsearch.interop.hyperparameters import Ask, AskingHyperParameters
from cnnsearch.space.domains import Domain
from cnnsearch.space.hypermodels import possible_of
from cnnsearch.training.progress import Objective
from cnnsearch.training.protocol import (
    Built,
    Decision,
    EpochReport,
    JobResult,
    Precision,
    Suggest,
    Suggestion,
    Train,
)


def build_recipe(recipe: Recipe, input_shape: tuple[int, ...]) -> keras.Model:
    """Builds a network, not compiled; what is asked for beyond the recipe's values has its default."""
    find_modules(recipe)
    built = load_hypermodel(recipe.source).build(AskingHyperParameters(known(recipe)))
    model = standing(built, input_shape, recipe.source)
    return keras.Model(model.inputs, model.outputs, name="cnn")


def known(recipe: Recipe) -> Ask:
    """Answers with a recipe's values."""
    return lambda name, domain: recipe.values.get(name)


def find_modules(recipe: Recipe) -> None:
    """Has modules looked for where the recipe says too, after all other places: nothing there can take the
    place of a package."""
    if recipe.folder and recipe.folder not in sys.path:
        sys.path.append(recipe.folder)


def run_recipe(
    job: Train,
    precision: Precision,
    suggest: Callable[[Suggest], Suggestion],
    judge: Callable[[EpochReport | Built], Decision],
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> JobResult:
    """Trains a job's network, as `training.trial.run_trial` does for a space's.

    Args:
        job: Its architecture has a recipe.
        precision: Used where the job names none.
        suggest: Asked for what the recipe does not know, where the job says so.
        judge: Told of the network and of each epoch, answers whether to go on.
        callbacks: Of its `fit`.
    """
    started = time.monotonic()
    recipe = Recipe.model_validate(job.architecture["recipe"])
    find_modules(recipe)
    keras.config.set_dtype_policy(job.precision or precision)

    def ask(name: str, domain: Domain) -> Plain | None:
        if name in recipe.values or not job.asks:
            return recipe.values.get(name)
        answer = suggest(Suggest(trial=job.trial, name=name, possible=possible_of(domain)))
        if answer.refused:
            raise SearchError(answer.refused)
        return answer.value

    def built(model: keras.Model) -> Decision:
        return judge(Built(trial=job.trial, counts=counts_of(model))) if job.asks else "continue"

    try:
        return run_hypermodel(
            HypermodelJob(
                trial=job.trial,
                source=recipe.source,
                directory=job.directory,
                epochs=job.epochs,
                seed=job.seed,
                objective=Objective(job.metric, job.direction),
            ),
            open_stored(job.data),
            ask=ask,
            built=built,
            judge=judge,
            callbacks=callbacks,
        )
    except InfeasibleArchitectureError as error:
        return JobResult(
            trial=job.trial,
            outcome="infeasible",
            epochs=0,
            best_epoch=0,
            metrics={},
            reason=str(error),
            seconds=time.monotonic() - started,
        )


def counts_of(model: keras.Model) -> dict[str, int]:
    """What a network costs: weights, and the multiply-accumulates of dense and convolution layers.

    A layer whose output's shape Keras does not know, inside a model that is no graph of layers, counts none.
    """
    layers = list(layers_in(model))
    return {
        "weights": model.count_params(),
        "trainable_weights": sum(prod(weight.shape) for weight in model.trainable_weights),
        "macs": sum(macs_of(layer) for layer in layers),
        "layers": len(layers),
    }


def layers_in(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a model and of the models in it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_in(layer)
        else:
            yield layer


def macs_of(layer: keras.layers.Layer) -> int:
    """Multiply-accumulates of a layer's kernels for one example: each number of a kernel, at each place of
    the output."""
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [kernel for name in names if (kernel := getattr(layer, name, None)) is not None]
    try:
        places = prod(layer.output.shape[1:-1])
    except (AttributeError, TypeError):
        return 0
    return sum(places * prod(kernel.shape) for kernel in kernels)
