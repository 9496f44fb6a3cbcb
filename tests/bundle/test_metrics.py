import json

import numpy as np
import pytest
from scipy.stats import sem

from cnnsearch.bundle.metrics import Metrics, Spread, read_metrics
from cnnsearch.errors import StudyError
from tests.bundle.figures import finalist, made_up


def written(folder, metrics=None, **changes):
    """The content of a metrics.json with some keys changed."""
    content = (metrics or made_up()).model_dump(mode="json")
    (folder / "metrics.json").write_text(json.dumps(content | changes))
    return content


def test_the_figures_come_back_as_they_were_written(tmp_path):
    metrics = made_up(finalists=(finalist(1), finalist(2, retrained=None)))
    written(tmp_path, metrics)
    assert read_metrics(tmp_path) == metrics


def test_scripts_find_the_champion_s_scores_at_the_top(tmp_path):
    content = written(tmp_path)
    assert {name: value for name, value in content.items() if isinstance(value, float)} == {
        "validation_accuracy": 0.97,
        "validation_loss": 0.1,
        "test_accuracy": 0.95,
        "test_loss": 0.2,
    }


def test_a_figure_can_be_looked_up_by_that_name():
    assert made_up()["test_accuracy"] == 0.95
    with pytest.raises(KeyError):
        made_up()["test_f1"]


def test_the_champion_is_one_of_the_finalists():
    metrics = made_up(2, finalists=(finalist(1), finalist(2)))
    assert metrics.champion is metrics.finalists[1]
    with pytest.raises(ValueError, match="the champion, trial 3, is not among the finalists"):
        made_up(3, finalists=(finalist(1), finalist(2)))


def test_an_unknown_key_is_refused(tmp_path):
    written(tmp_path, test_auc=0.5)
    with pytest.raises(StudyError, match=r"metrics\.json: is damaged or was edited \(test_auc: Extra"):
        read_metrics(tmp_path)


@pytest.mark.parametrize("name", Metrics.model_fields)
def test_a_missing_key_is_refused(tmp_path, name):
    content = written(tmp_path)
    del content[name]
    (tmp_path / "metrics.json").write_text(json.dumps(content))
    with pytest.raises(StudyError, match="is damaged or was edited"):
        read_metrics(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"test": 3, "validation": "accuracy"}'])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "metrics.json").write_text(content)
    with pytest.raises(StudyError, match="is damaged or was edited"):
        read_metrics(tmp_path)


def test_without_a_bundle_there_are_no_figures(tmp_path):
    with pytest.raises(StudyError, match=r"metrics\.json: cannot be read"):
        read_metrics(tmp_path)


def test_what_was_not_measured_is_null(tmp_path):
    content = written(tmp_path, made_up(finalists=(finalist(1, retrained=None),)))
    assert content["finalists"][0]["retrained"] is None
    assert content["test"]["loss"] == {"value": 0.2, "interval": None, "spread": None}


def test_a_spread_is_the_sample_s():
    values = [0.98, 0.99, 0.97]
    spread = Spread.of(values)
    assert (spread.mean, spread.std) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert spread.standard_error == pytest.approx(sem(values))


def test_a_single_training_has_no_deviation():
    spread = Spread.of([0.9])
    assert (spread.std, spread.standard_error, spread.n) == (None, 0.0, 1)
