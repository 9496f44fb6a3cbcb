"""Studies with a bundle of an untrained network with invented metrics."""

import warnings

import numpy as np

from cnnsearch.architecture import analyze
from cnnsearch.bundle.bundle import write_bundle
from cnnsearch.bundle.evidence import EVIDENCE
from cnnsearch.bundle.files import ARCHITECTURE, FORM, LABELS, describe_form
from cnnsearch.data import open_stored
from cnnsearch.data.store import read_summary
from cnnsearch.models.build import build_model
from cnnsearch.search.launch import create_study
from cnnsearch.study.records import EpochRecord, Result, Trial, TrialState
from cnnsearch.study.settings import checked_settings
from tests.bundle.figures import finalist, made_up
from tests.space.helpers import text_of
from tests.studies import STARTED, add_trial, make_study


def figures_of(record, labels, finalists):
    """The metrics of a trial's bundle."""
    counts = record.trial.counts
    return made_up(
        record.number,
        labels,
        num_weights=counts["weights"],
        macs=counts["macs"],
        finalists=tuple(finalist(number, labels) for number in finalists),
    )


def answers(study, wrong=3):
    """Evidence over the validation examples in place of test examples; the first few are misclassified."""
    split = open_stored(study.data_folder).validation
    classes = int(split.y.max()) + 1
    truth = np.asarray(split.y)
    named = np.where(np.arange(len(truth)) < wrong, (truth + 1) % classes, truth)
    probabilities = np.full((len(truth), classes), 0.1 / (classes - 1), np.float32)
    probabilities[np.arange(len(truth)), named] = 0.9
    return {
        "truth": truth,
        "predictions": probabilities,
        "worst_x": np.asarray(split.x[:wrong]),
        "worst_truth": truth[:wrong],
        "worst_predictions": probabilities[:wrong],
        "worst_index": np.arange(wrong),
    }


def add_bundle(study, number=0, finalists=(0, 1)):
    """Write a bundle of one of a study's trials."""
    record = study.records()[number]
    architecture = record.trial.candidate.architecture
    labels = [str(n) for n in range(architecture.outputs[0].channels)]
    contents = {
        LABELS: labels,
        ARCHITECTURE: architecture.model_dump(mode="json"),
        FORM: describe_form(read_summary(study.data_folder)),
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # Keras on NumPy 2
        metrics, kept = figures_of(record, labels, finalists), {EVIDENCE: answers(study)}
        write_bundle(study.best, build_model(architecture), metrics, contents, kept)
    return study


def bundled_study(path):
    """A study of digits with a few trials and a bundle of the first."""
    study = make_study(path)
    for number in range(8):
        state = TrialState.COMPLETE if number < 6 else TrialState.PRUNED
        add_trial(study, number, state, baseline="small" if number == 0 else "")
    return add_bundle(study)


def study_of_shape(folder, shape, classes=3, examples=60):
    """A study with one trial and a bundle, on random examples of a shape."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (examples, *shape)).astype(np.float32)  # bytes would be taken for pictures
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "some.npz", x=x, y=np.arange(examples) % classes)
    (folder / "tiny.yaml").write_text(
        text_of("stages: {filters: [4, 8], blocks: {conv: {kernel_size: 3}}, downsample: max_pool}")
    )
    chosen = {"space": str(folder / "tiny.yaml"), "data": str(folder / "some.npz"), "finalists": 0}
    settings = checked_settings(chosen)
    study = create_study(settings, folder / "runs", "some", folder / "some.npz")
    add_any_trial(study, shape, classes)
    return add_bundle(study, finalists=(0,))


def add_any_trial(study, shape, classes):
    """Add a trial of one epoch, for any space."""
    candidate = study.space.sample_random(0, input_shape=shape, num_classes=classes)
    counts, records = analyze(candidate.architecture).counts, study.records()
    records.begin(Trial(number=0, seed=0, candidate=candidate, counts=counts, started=STARTED))
    metrics = {"validation_accuracy": 0.5, "validation_loss": 1.0, "loss": 1.0, "accuracy": 0.5}
    records.add_epoch(0, EpochRecord(epoch=1, time=STARTED + 1, metrics=metrics))
    ended = {"ended": STARTED + 2, "value": 0.5, "best_epoch": 1, "metrics": metrics}
    records.end(0, Result(state=TrialState.COMPLETE, **ended))
