"""Candidate -> keras.Model, and a worker's job -> its result, for both kinds of candidates."""

from collections.abc import Callable, Sequence

import keras

from cnnsearch.models.build import build_model
from cnnsearch.space import AnyCandidate, Candidate, HypermodelCandidate
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import (
    Built,
    EpochReport,
    JobResult,
    Precision,
    Suggest,
    Suggestion,
    Train,
    Verdict,
)
from cnnsearch.training.trial import run_trial


def build_candidate(candidate: AnyCandidate) -> keras.Model:
    """Build a candidate's network with new weights, importing the module of a hypermodel."""
    match candidate:
        case Candidate(architecture=architecture):
            return build_model(architecture)
        case HypermodelCandidate():
            from cnnsearch.interop.hypermodel_trial import build  # KerasTuner takes a second to import

            return build(candidate)


def run_candidate(
    job: Train,
    precision: Precision,
    *,
    judge: Callable[[EpochReport | Built], Verdict],
    suggest: Callable[[Suggest], Suggestion],
    programs: Programs,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> JobResult:
    """Train a job's candidate.

    Args:
        job: The job.
        precision: The precision if the job sets none.
        judge: Called with each epoch report, and with the counts of a hypermodel's built network; returns
            whether to continue.
        suggest: Returns a value that the code of a hypermodel requests.
        programs: Compiled networks to reuse.
        callbacks: Additional callbacks of `fit`.
    """
    match job.candidate:
        case Candidate():
            return run_trial(job, precision, judge, programs, callbacks)
        case HypermodelCandidate() as candidate:
            from cnnsearch.interop.hypermodel_trial import run

            return run(job, candidate, precision, suggest, judge, callbacks)
