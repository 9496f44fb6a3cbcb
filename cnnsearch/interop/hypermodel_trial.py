"""A hypermodel's candidate -> its network, in any process; a worker's job with one -> its result."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from math import prod

import keras

from cnnsearch.data import open_stored
from cnnsearch.errors import InfeasibleArchitectureError, SearchError
from cnnsearch.interop.hypermodel import HypermodelJob, load_hypermodel, run_hypermodel, standing
from cnnsearch.interop.hyperparameters import AskingHyperParameters
from cnnsearch.space import Hypermodel, HypermodelCandidate
from cnnsearch.space.domains import AnyDomain, Plain
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
    Verdict,
)


def build(candidate: HypermodelCandidate) -> keras.Model:
    """Build a network without compiling it; hyperparameters without a value have their defaults."""
    find_modules(candidate.hypermodel)
    source = candidate.hypermodel.source
    built = load_hypermodel(source).build(
        AskingHyperParameters(lambda name, domain: candidate.params.get(name))
    )
    model = standing(built, candidate.input.shape, source)
    return keras.Model(model.inputs, model.outputs, name="cnn")


def find_modules(hypermodel: Hypermodel) -> None:
    """Append the hypermodel's folder to the module search path; at its end it cannot shadow a package."""
    if hypermodel.folder and hypermodel.folder not in sys.path:
        sys.path.append(hypermodel.folder)


def run(
    job: Train,
    candidate: HypermodelCandidate,
    precision: Precision,
    suggest: Callable[[Suggest], Suggestion],
    judge: Callable[[EpochReport | Built], Verdict],
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> JobResult:
    """Train a hypermodel's candidate; `training.trial.run_trial` trains one with an architecture.

    Args:
        job: The job.
        candidate: The job's candidate.
        precision: The precision if the job sets none.
        suggest: Returns a value that the candidate lacks; called only if the job requests values.
        judge: Called with the built network's counts and each epoch report; returns whether to continue.
        callbacks: Callbacks of `fit`.
    """
    started = time.monotonic()
    find_modules(candidate.hypermodel)
    keras.config.set_dtype_policy(job.precision or precision)

    def ask(name: str, domain: AnyDomain) -> Plain | None:
        if name in candidate.params or not job.asks:
            return candidate.params.get(name)
        answer = suggest(Suggest(trial=job.trial, name=name, domain=domain))
        if answer.refused:
            raise SearchError(answer.refused)
        return answer.value

    def decide(report: EpochReport | Built) -> Decision:
        return judge(report).decision

    def built(model: keras.Model) -> Decision:
        return decide(Built(trial=job.trial, counts=counts_of(model))) if job.asks else "continue"

    try:
        return run_hypermodel(
            HypermodelJob(
                trial=job.trial,
                source=candidate.hypermodel.source,
                directory=job.directory,
                epochs=job.epochs,
                seed=job.seed,
                objective=Objective(job.metric, job.direction),
            ),
            open_stored(job.data),
            ask=ask,
            built=built,
            judge=decide,
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
    """Return the weights of a network, and the multiply-accumulates of its dense and convolution layers.

    A layer counts no multiply-accumulates if Keras does not know the shape of its output, as in a subclassed
    model.
    """
    layers = list(layers_in(model))
    return {
        "weights": model.count_params(),
        "trainable_weights": sum(prod(weight.shape) for weight in model.trainable_weights),
        "macs": sum(macs_of(layer) for layer in layers),
        "layers": len(layers),
    }


def layers_in(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers of a model and of nested models."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_in(layer)
        else:
            yield layer


def macs_of(layer: keras.layers.Layer) -> int:
    """Return the multiply-accumulates of a layer's kernels for one example: the size of the kernel times the
    number of output positions."""
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [kernel for name in names if (kernel := getattr(layer, name, None)) is not None]
    try:
        positions = prod(layer.output.shape[1:-1])
    except (AttributeError, TypeError):
        return 0
    return sum(positions * prod(kernel.shape) for kernel in kernels)
