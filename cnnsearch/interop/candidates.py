"""Candidate -> keras.Model, and a worker's job -> its results, for both kinds of candidates."""

from collections.abc import Callable, Iterator, Sequence

import keras

from cnnsearch.models.build import build_model
from cnnsearch.space import AnyCandidate, Candidate, HypermodelCandidate
from cnnsearch.training.job import Judge, run_job
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import (
    Built,
    MemberResult,
    Precision,
    Suggest,
    Suggestion,
    Train,
    Verdict,
)
from cnnsearch.training.store import Store


def build_candidate(candidate: AnyCandidate) -> keras.Model:
    """Build a candidate's network with new weights, importing the module of a hypermodel."""
    match candidate:
        case Candidate(architecture=architecture):
            return build_model(architecture)
        case HypermodelCandidate():
            from cnnsearch.interop.hypermodel_job import build  # KerasTuner takes a second to import

            return build(candidate)


def run_candidates(
    job: Train,
    store: Store,
    precision: Precision,
    *,
    judge: Judge,
    allow: Callable[[Built], Verdict],
    suggest: Callable[[Suggest], Suggestion],
    programs: Programs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Iterator[MemberResult]:
    """Train a job's candidates; those of hypermodels, whose training is their own, one after another.

    Args:
        job: The job, with candidates of one kind.
        store: The files of the job.
        precision: The precision if the job sets none.
        judge: Called with the reports of an epoch; returns the verdicts.
        allow: Called with the counts of a hypermodel's built network; returns whether to train it.
        suggest: Returns a value that the code of a hypermodel requests.
        programs: Compiled networks to reuse.
        callbacks: Additional callbacks of `fit`.

    Yields:
        The result of each candidate when its training ends.
    """
    if any(isinstance(member.candidate, HypermodelCandidate) for member in job.members):
        from cnnsearch.interop.hypermodel_job import run

        yield from run(job, store, precision, suggest=suggest, allow=allow, judge=judge, callbacks=callbacks)
    else:
        yield from run_job(job, store, precision, judge, programs, callbacks)
