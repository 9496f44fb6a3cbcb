"""MLflow's database in a runs folder that was moved, copied or is shared with other experiments."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from mlflow import MlflowClient

from cnnsearch.errors import StudyError
from cnnsearch.search.mirror import sync
from cnnsearch.study.folder import Study
from cnnsearch.study.storage import sqlite_file
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.places import present_places, update_places
from tests.studies import add_trial, every_state, make_study
from tests.tracking.readback import NOLOAD, artifacts_of, everything, runs_of

pytestmark = pytest.mark.filterwarnings(NOLOAD)


def uri_of(runs):
    return f"sqlite:///{runs / 'mlflow.db'}"


@pytest.fixture
def runs(tmp_path):
    """A runs folder with a study that was mirrored. Its name has letters that a URI escapes."""
    study = every_state(make_study(tmp_path / "old place" / "runs" / "süß"))
    Mirror(study).sync()
    return study.runs


def addresses(runs):
    """Return all addresses of artifacts in the database, except those of the experiment `Default`."""
    client = MlflowClient(uri_of(runs))
    experiments = [e for e in client.search_experiments() if e.name != "Default"]
    found = [run.info.artifact_uri for e in experiments for run in client.search_runs([e.experiment_id])]
    return [experiment.artifact_location for experiment in experiments] + found


def contents(runs, name):
    """Return what the runs of a study hold, without their ids."""
    kept = ("params", "metrics", "artifacts", "datasets")
    return [{key: run[key] for key in kept} for run in everything(uri_of(runs), name)]


def moved(runs, tmp_path):
    (tmp_path / "new").mkdir()
    runs.rename(tmp_path / "new" / "runs")
    return tmp_path / "new" / "runs"


def test_a_moved_study_is_mirrored_at_its_present_place_alone(runs, tmp_path):
    present = moved(runs, tmp_path)
    study = Study(present / "süß")
    add_trial(study, 9)
    sync(study)  # in a new process: MLflow's client keeps the place of each run that it has written to
    assert all(address.startswith(present.as_uri()) for address in addresses(present))
    assert not runs.exists()
    assert "architecture.json" in artifacts_of(uri_of(present), runs_of(uri_of(present), "süß")[-1])


def test_a_copy_does_not_change_the_original(runs, tmp_path):
    shutil.copytree(runs, tmp_path / "copy")
    before = addresses(runs)
    update_places(uri_of(tmp_path / "copy"))
    assert all(address.startswith((tmp_path / "copy").as_uri()) for address in addresses(tmp_path / "copy"))
    assert addresses(runs) == before


def test_a_database_in_its_place_is_not_written(runs):
    before = (runs / "mlflow.db").read_bytes()
    update_places(uri_of(runs))
    assert (runs / "mlflow.db").read_bytes() == before


def test_artifacts_that_were_never_beside_the_database_keep_their_place(runs, tmp_path):
    client = MlflowClient(uri_of(runs))
    for name, place in {"own": "file:///data/own", "bucket": "s3://some/artifacts/bucket"}.items():
        client.create_run(client.create_experiment(name, artifact_location=place))
    before = {address for address in addresses(runs) if "süß" not in address and "s%C3" not in address}
    present = moved(runs, tmp_path)
    update_places(uri_of(present))
    assert before <= set(addresses(present))


def test_a_moved_database_that_cannot_be_written_is_named(runs, tmp_path):
    present = moved(runs, tmp_path)
    with closing(sqlite3.connect(present / "mlflow.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER frozen BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'frozen'); END"
        )
    with pytest.raises(StudyError, match=r"mlflow\.db: holds the former place .* \(frozen\)"):
        update_places(uri_of(present))
    assert not any(address.startswith(present.as_uri()) for address in addresses(present))


def test_a_moved_database_that_cannot_be_written_is_read_from_a_copy(runs, tmp_path):
    present = moved(runs, tmp_path)
    (present / ".mlflow.db.lock").unlink()
    (present / ".mlflow.db.lock").mkdir()  # so that nobody can change it, root included
    before = (present / "mlflow.db").read_bytes()
    with present_places(uri_of(present)) as uri:
        copy = sqlite_file(uri)
        assert all(address.startswith(present.as_uri()) for address in addresses(copy.parent))
    assert (present / "mlflow.db").read_bytes() == before
    assert not copy.exists()


def test_a_database_in_its_place_is_not_copied(runs):
    with present_places(uri_of(runs)) as uri:
        assert uri == uri_of(runs)


def test_a_damaged_database_is_left_to_mlflow(tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database")
    update_places(uri_of(tmp_path))
    assert (tmp_path / "mlflow.db").read_text() == "not a database"


def test_a_renamed_study_gets_runs_of_its_own(runs):
    (runs / "süß").rename(runs / "sour")
    Mirror(Study(runs / "sour")).sync()
    assert contents(runs, "sour") == contents(runs, "süß")
