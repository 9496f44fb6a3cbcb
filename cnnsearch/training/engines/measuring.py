"""Which engine trains a job's networks faster, measured on a few steps of its first member."""

import time
from collections.abc import Iterable
from dataclasses import replace

from cnnsearch.data import Split, open_stored
from cnnsearch.models.build import build_model
from cnnsearch.training.engine_use import EngineName
from cnnsearch.training.engines import Training, start_engine
from cnnsearch.training.folds import fold_splits
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import EngineMeasured, Member, Precision, Train
from cnnsearch.training.store import Store

GROUP = 8
"""The size of the groups that are measured."""
WORTH = 0.5
"""The share of a trial's time alone up to which a group is preferred: trials of one architecture teach a
search less than trials of several."""
_STEPS = 16


def measure(job: Train, store: Store, precision: Precision) -> EngineMeasured:
    """Train a few steps of a job's first member with the engines that it compares, and of several such
    members together."""
    data, member = open_stored(store.dataset(job.data)), job.members[0]
    train, validation = fold_splits(data, job.folds, 0)
    count = min(len(train.y), _STEPS * member.plan.batch_size)
    few, ends = Split(train.x[:count], train.y[:count]), data.summary.values.ends
    training = Training(job, data.summary.task, few, validation, ends, 0, job.precision or precision)
    length = member.fidelity.examples if member.fidelity else member.epochs * len(train.y)
    steps = num_batches(length, member.plan.batch_size)
    _warm_up(member)
    alone = {engine: _seconds(training, [member], engine, steps) for engine in job.compares}
    others = [member.model_copy(update={"trial": number}) for number in range(GROUP)]
    together = _seconds(training, others, "compiled", steps) / GROUP
    best = min(alone, key=alone.__getitem__)
    is_grouped = together <= WORTH * alone[best]
    told = ", ".join(f"{seconds:.1f} s with {engine}" for engine, seconds in alone.items())
    return EngineMeasured(
        trial=member.trial,
        engine="compiled" if is_grouped else best,
        group_size=GROUP if is_grouped else 1,
        reason=f"a trial takes about {told}, {together:.1f} s compiled in a group of {GROUP}; "
        f"{f'{GROUP} trials of one architecture are trained together' if is_grouped else f'{best} is used'}",
    )


def _warm_up(member: Member) -> None:
    """Do what only the first training of a process does, so that it counts for none of the engines."""
    from cnnsearch.training.engines.compiled.choice import are_patches_faster  # needs JAX

    are_patches_faster()
    build_model(member.architecture)


def _seconds(training: Training, members: Iterable[Member], engine: EngineName, steps: int) -> float:
    """Return the predicted seconds of the whole training of members, with its compilation."""
    whole = [member.model_copy(update={"fidelity": None}) for member in members]
    job = training.job.with_members(whole).model_copy(update={"engine": engine})
    begun = time.monotonic()
    started = start_engine(replace(training, job=job), Programs())
    started.run_epoch(job.trials)
    first = time.monotonic()
    started.run_epoch(job.trials)
    of_an_epoch = time.monotonic() - first
    here = num_batches(len(training.train.y), whole[0].plan.batch_size)
    return first - begun - of_an_epoch + of_an_epoch * steps / here
