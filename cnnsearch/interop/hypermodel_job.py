"""A hypermodel's candidate -> its network, in any process; a worker's job with some -> their results."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from math import prod

import keras

from cnnsearch.data import open_stored
from cnnsearch.errors import InfeasibleArchitectureError, SearchError
from cnnsearch.interop.hypermodel import HypermodelTraining, load_hypermodel, run_hypermodel, standing
from cnnsearch.interop.hyperparameters import AskingHyperParameters
from cnnsearch.interop.serving import served
from cnnsearch.space import Hypermodel, HypermodelCandidate
from cnnsearch.space.domains import AnyDomain, Plain
from cnnsearch.training.job import Judge, forget_models
from cnnsearch.training.progress import Objective
from cnnsearch.training.protocol import (
    Built,
    Decision,
    Member,
    MemberResult,
    Precision,
    Suggest,
    Suggestion,
    Train,
    Verdict,
)
from cnnsearch.training.store import Store


def build(candidate: HypermodelCandidate) -> keras.Model:
    """Build the network of a bundle; hyperparameters without a value have their defaults."""
    find_modules(candidate.hypermodel)
    source = candidate.hypermodel.source
    built = load_hypermodel(source).build(
        AskingHyperParameters(lambda name, domain: candidate.params.get(name))
    )
    return served(standing(built, candidate.input.shape, source), candidate.outputs[0], source)


def find_modules(hypermodel: Hypermodel) -> None:
    """Append the hypermodel's folder to the module search path; at its end it cannot shadow a package."""
    if hypermodel.folder and hypermodel.folder not in sys.path:
        sys.path.append(hypermodel.folder)


def run(
    job: Train,
    store: Store,
    precision: Precision,
    *,
    suggest: Callable[[Suggest], Suggestion],
    allow: Callable[[Built], Verdict],
    judge: Judge,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Iterator[MemberResult]:
    """Train candidates of hypermodels; `training.job.run_job` trains those with an architecture.

    Args:
        job: The job.
        store: The files of the job.
        precision: The precision if the job sets none.
        suggest: Returns a value that a candidate lacks; called only if the job requests values.
        allow: Called with a built network's counts; returns whether to train it.
        judge: Called with each epoch report; returns whether to continue.
        callbacks: Callbacks of the first `fit`.

    Yields:
        The result of each candidate when its training ends.
    """
    keras.config.set_dtype_policy(job.precision or precision)
    for number, member in enumerate(job.members):
        if number:
            forget_models()
        of_first = callbacks if number == 0 else ()
        yield _run(job, member, store, suggest, allow, judge, of_first)


def _run(
    job: Train,
    member: Member,
    store: Store,
    suggest: Callable[[Suggest], Suggestion],
    allow: Callable[[Built], Verdict],
    judge: Judge,
    callbacks: Sequence[keras.callbacks.Callback],
) -> MemberResult:
    started, trial, candidate = time.monotonic(), member.trial, member.candidate
    assert isinstance(candidate, HypermodelCandidate), candidate.type
    find_modules(candidate.hypermodel)

    def ask(name: str, domain: AnyDomain) -> Plain | None:
        if name in candidate.params or not job.asks:
            return candidate.params.get(name)
        answer = suggest(Suggest(trial=trial, name=name, domain=domain))
        if answer.refused:
            raise SearchError(answer.refused)
        return answer.value

    def built(model: keras.Model) -> Decision:
        return allow(Built(trial=trial, counts=counts_of(model))).decision if job.asks else "continue"

    try:
        return run_hypermodel(
            HypermodelTraining(
                trial=trial,
                source=candidate.hypermodel.source,
                files=store.files(member.place),
                epochs=member.epochs,
                seed=member.seed,
                objective=Objective(job.metric, job.direction),
            ),
            open_stored(store.dataset(job.data)),
            ask=ask,
            built=built,
            judge=lambda report: judge([report])[trial].decision,
            callbacks=callbacks,
        )
    except InfeasibleArchitectureError as error:
        return MemberResult(
            trial=trial,
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
