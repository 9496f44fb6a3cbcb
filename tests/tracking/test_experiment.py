"""What the mirror writes to a study's experiment, and the experiment `Default`."""

import pytest
from mlflow import MlflowClient

from cnnsearch.study.storage import write_json
from cnnsearch.tracking.description import description
from cnnsearch.tracking.experiment import NOTE
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.view import VIEW_TAG
from tests.studies import add_trial, every_state, make_study
from tests.tracking.readback import NOLOAD

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture
def study(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    return study


@pytest.fixture
def client(study):
    """The client of the study's database, which exists once the study is mirrored."""
    Mirror(study).sync()
    return MlflowClient(f"sqlite:///{study.runs / 'mlflow.db'}")


def tags_of(client, name="some"):
    return client.get_experiment_by_name(name).tags


def test_an_experiment_says_what_was_searched_and_found_and_how_to_go_on(tmp_path):
    study = every_state(make_study(tmp_path / "runs" / "some"))
    first, *rest = description(study, study.records()).splitlines()
    assert first.startswith("Search of the space plain on digits: the best of 2 candidates is trial 4")
    assert "validation_accuracy 0.6100" in first
    text = "\n".join(rest)
    for word in ("1,079 train", "sampler tpe", "20 trials, at most 3 epochs", "2 complete, 1 pruned"):
        assert word in text
    assert "cnnsearch resume some --trials 40" in text and "cnnsearch finish some" in text


def test_a_champion_is_described_with_its_scores(study):
    study.best.mkdir()
    write_json(
        study.best / "metrics.json",
        {"trial": 0, "validation_accuracy": 0.9, "test_accuracy": 0.875, "test_examples": 359},
    )
    text = description(study, study.records())
    assert "trial 0: validation accuracy 0.9000, test accuracy 0.8750 (359 test examples)" in text
    assert "cnnsearch predict some" in text and "finish" not in text


def test_commands_name_a_runs_folder_of_another_name(tmp_path):
    study = make_study(tmp_path / "my runs" / "some")
    add_trial(study, 0)
    text = description(study, study.records())
    assert "cnnsearch report some --runs 'my runs'" in text
    assert str(tmp_path) not in text


def test_the_description_follows_the_records(study, client):
    before = tags_of(client)[NOTE]
    add_trial(study, 1)
    Mirror(study).sync()
    assert "of 1 candidate is" in before and "of 2 candidates" in tags_of(client)[NOTE]


def test_a_description_that_a_user_wrote_stays(study, client):
    client.set_experiment_tag(client.get_experiment_by_name("some").experiment_id, NOTE, "my words")
    add_trial(study, 1)
    Mirror(study).sync()
    assert tags_of(client)[NOTE] == "my words"


def test_mirroring_again_writes_the_same(study, client):
    before = tags_of(client)
    Mirror(study).sync()
    assert tags_of(client) == before and VIEW_TAG in before


def test_describing_a_study_changes_no_run(study, client):
    experiment = client.get_experiment_by_name("some").experiment_id
    before = [dict(run.info) for run in client.search_runs([experiment])]
    Mirror(study).describe()
    assert [dict(run.info) for run in client.search_runs([experiment])] == before


def test_the_empty_default_experiment_is_removed(client):
    assert client.get_experiment_by_name("Default").lifecycle_stage == "deleted"
    assert [experiment.name for experiment in client.search_experiments()] == ["some"]


def test_a_default_experiment_with_a_run_stays(study, tmp_path):
    (tmp_path / "runs").mkdir(exist_ok=True)
    client = MlflowClient(f"sqlite:///{study.runs / 'mlflow.db'}")
    client.create_run("0")
    Mirror(study).sync()
    assert client.get_experiment("0").lifecycle_stage == "active"


def test_the_default_experiment_of_somebody_s_server_stays(tmp_path):
    uri = f"sqlite:///{tmp_path / 'theirs.db'}"
    study = make_study(tmp_path / "runs" / "some", tracking_uri=uri)
    add_trial(study, 0)
    Mirror(study).sync()
    assert MlflowClient(uri).get_experiment("0").lifecycle_stage == "active"
