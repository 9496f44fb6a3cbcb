"""Invented metrics of a bundle."""

from cnnsearch.bundle.metrics import FinalistMetrics, Latency, Metrics
from cnnsearch.tasks.classification.details import Calibration, ClassFigures, ClassificationDetails
from cnnsearch.tasks.scores import Score, Spread

LATENCY = Latency(median=0.0004, p95=0.0011, batch=1, runs=50, machine="x86_64, 2 cores, cpu:0")


def scores(accuracy, loss, interval=None):
    """The scores of one network."""
    return {"accuracy": Score.of_network(accuracy, interval), "loss": Score.of_network(loss)}


def details(labels=("cat", "dog"), **changes):
    """The values specific to classification."""
    known = {
        "calibration": Calibration(ece=0.031, temperature=1.2, ece_after=0.014),
        "per_class": {label: ClassFigures(precision=0.9, recall=0.95, support=36) for label in labels},
    }
    return ClassificationDetails(**known | changes)


def finalist(trial=1, labels=("cat", "dog"), **changes):
    """A finalist retrained with three seeds."""
    known = {
        "trial": trial,
        "searched": scores(0.97, 0.1),
        "retrained": {"accuracy": Score.over_seeds(Spread.of([0.95, 0.96, 0.97]))},
        "test": scores(0.95, 0.2, (0.922, 0.968)),
        "details": details(labels),
        "num_weights": 1234,
        "macs": 56789,
        "file_size": 65536,
        "latency": LATENCY,
    }
    return FinalistMetrics(**known | changes)


def made_up(trial=1, labels=("cat", "dog"), **changes):
    """The content of metrics.json."""
    known = {
        "trial": trial,
        "seed": 7,
        "rule": "the highest mean",
        "num_weights": 1234,
        "macs": 56789,
        "validation_examples": 359,
        "test_examples": 359,
        "test_readings": 1,
        "validation": scores(0.97, 0.1),
        "test": scores(0.95, 0.2, (0.922, 0.968)),
        "details": details(labels),
        "finalists": (finalist(trial, labels),),
    }
    return Metrics(**known | changes)
