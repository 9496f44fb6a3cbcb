"""The share of training steps in a trial of a detector: `python -m dense.steps bccd.zip`, in benchmarks/.

The processor's time of a whole trial (its feed of augmented examples, validation and checkpoints) and
of as many training steps alone, on a batch that stays in memory; the program is compiled before. Medians of
three.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.architecture.network import output_stride
from cnnsearch.data.store import open_stored
from cnnsearch.training.backend import load_keras
from cnnsearch.training.protocol import Decision, Member, Train, Verdict
from cnnsearch.training.store import FolderStore
from dense.datasets import cells

EPOCHS, TIMES = 5, 3
SPACE, BASELINE = "auto_dense", "resnet_small"


def main() -> None:
    load_keras("tensorflow")
    from cnnsearch.training.program import Programs

    print(f"{header()}\n{SPACE}, {BASELINE}, {EPOCHS} epochs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, root, _, size = cells(Path(sys.argv[1]), folder)
        height, width = map(int, size.split("x"))
        data = load_data(root, image_size=(height, width), cache=folder)
        stored, programs = open_stored(data.store(folder)), Programs()
        candidate = load_space(SPACE).sample_random(
            0, input_shape=data.input_shape, task=data.task, baseline=BASELINE
        )
        whole, steps = [], []
        for number in range(TIMES + 1):
            place = f"trial{number}"
            (folder / place).mkdir()
            member = Member(trial=number, candidate=candidate, place=place, epochs=EPOCHS, seed=number)
            job = Train(
                members=(member,),
                data=data.store(folder).name,
                metric="validation_ap50",
                direction="maximize",
            )
            whole.append(processor_seconds(trial, job, FolderStore(folder, folder), programs))
            steps.append(processor_seconds(only_steps, candidate, stored))
    found = [one / other for one, other in zip(steps[1:], whole[1:], strict=True)]
    told = ", ".join(f"{share:.3f}" for share in found)
    print(f"share of training steps: {statistics.median(found):.3f} ({told})")
    print(f"seconds of a trial: {statistics.median(whole[1:]):.1f}")


def processor_seconds(function: Any, *given: Any) -> float:
    """Return the processor's time of all threads that a function takes, or that it returns itself."""
    begun = time.process_time()
    own = function(*given)
    return own if isinstance(own, float) else time.process_time() - begun


def trial(job: Train, store: FolderStore, programs: Any) -> None:
    """Train a job."""
    from cnnsearch.training.job import run_job

    def go_on(reports: Any) -> dict[int, Verdict]:
        decision: Decision = "continue"
        return {report.trial: Verdict(trial=report.trial, decision=decision) for report in reports}

    for result in run_job(job, store, "float32", go_on, programs):
        assert result.outcome == "complete", result.reason


def only_steps(candidate: Any, stored: Any) -> float:
    """Return the processor's time of a trial's training steps on one batch."""
    import tensorflow as tf

    from cnnsearch.models.build import build_model
    from cnnsearch.training.program import compile_program

    plan, task, train = candidate.training, stored.summary.task, stored.train
    training = task.training(plan, train.y, "none", output_stride(candidate.architecture))
    model = build_model(candidate.architecture)
    compile_program(model, plan, training, examples=len(train), epochs=EPOCHS)
    model.make_train_function()
    step = model.train_function
    size = plan.batch_size
    batch = tf.data.Dataset.from_tensors((train.x[:size], train.y[:size])).cache().repeat()
    batches = iter(batch)
    for _ in range(3):
        step(batches)
    begun = time.process_time()
    for _ in range(EPOCHS * len(train) // size):
        step(batches)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
