"""`cnnsearch sync` registers a bundle once after the server was unreachable."""

import pytest
from mlflow import MlflowClient

from cnnsearch.data import read_ledger
from cnnsearch.search.mirror import sync
from tests.finish.processes import finish, trained_study
from tests.tracking.readback import NOLOAD, everything
from tests.tracking.test_server import free_port, server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.filterwarnings(NOLOAD)]


def versions_of(client, name):
    """Return the content of all versions of a registered model."""
    return [dict(version) for version in client.search_model_versions(f"name = '{name}'")]


def test_a_bundle_that_the_registry_has_not_is_registered_by_sync_and_only_once(tmp_path):
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    study = trained_study(tmp_path / "runs" / "some", tracking_uri=uri)
    assert "warning: the bundle is complete, but the champion is not registered in MLflow" in finish(study)
    with server(tmp_path, port):
        sync(study)
        client = MlflowClient(uri)
        once = versions_of(client, "some"), everything(uri, "some")
        assert client.get_model_version_by_alias("some", "champion").version == "1"
        sync(study)
        assert (versions_of(client, "some"), everything(uri, "some")) == once
    assert len(read_ledger(study.ledger)) == 1  # the test split is not read for it


def test_a_bundle_that_is_registered_is_left_alone_by_sync(tmp_path):
    study = trained_study(tmp_path / "runs" / "some")
    finish(study)
    client = MlflowClient(f"sqlite:///{study.runs / 'mlflow.db'}")
    once = versions_of(client, "some")
    sync(study)
    assert versions_of(client, "some") == once


def test_a_rebuild_registers_the_bundle_with_its_new_run(tmp_path):
    study = trained_study(tmp_path / "runs" / "some")
    finish(study)
    sync(study, is_anew=True)
    client = MlflowClient(f"sqlite:///{study.runs / 'mlflow.db'}")
    champion = client.get_model_version_by_alias("some", "champion")
    assert int(champion.version) == 2
    assert client.get_run(champion.tags["cnnsearch.trial_run"]).info.lifecycle_stage == "active"
