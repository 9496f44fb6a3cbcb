from cnnsearch.tasks.classification.metrics import METRICS


def test_the_metrics_are_found_by_name_the_main_one_first():
    assert list(METRICS) == ["accuracy", "balanced_accuracy", "macro_f1", "loss"]
    assert all(metric.name == name for name, metric in METRICS.items())


def test_the_loss_alone_is_better_when_it_is_smaller():
    assert [name for name, metric in METRICS.items() if metric.direction == "minimize"] == ["loss"]


def test_the_worst_value_is_no_better_than_a_value_that_occurs():
    for metric in METRICS.values():
        assert metric.worst <= 0.1 if metric.direction == "maximize" else metric.worst >= 10
