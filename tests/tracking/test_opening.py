"""Which page is opened, and what the first page of the site contains."""

import json
import re

import pytest
from mlflow import MlflowClient

from cnnsearch.errors import StudyError
from cnnsearch.study.folder import find_study
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.opening import page_for, page_of_latest, refresh
from cnnsearch.tracking.site import Site, first_page
from cnnsearch.tracking.store import make_database
from cnnsearch.tracking.view import EXPERIMENTS, VIEW_TAG
from tests.studies import STARTED, add_trial, make_study
from tests.tracking.readback import NOLOAD

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A runs folder with three studies, of which the last has no run in MLflow."""
    runs = tmp_path_factory.mktemp("tracked") / "runs"
    for name, started in (("new", STARTED + 9_000), ("old", STARTED)):
        study = make_study(runs / name)
        add_trial(study, 0, started=started)
        Mirror(study).sync()
    make_study(runs / "unseen")
    return runs


@pytest.fixture(scope="module")
def uri(runs):
    return f"sqlite:///{runs / 'mlflow.db'}"


@pytest.fixture(scope="module")
def client(uri):
    return MlflowClient(uri)


def found(runs, *names):
    return [find_study(name, runs) for name in names]


def test_a_study_has_the_page_of_its_experiment(runs, uri, client):
    experiment = client.get_experiment_by_name("old").experiment_id
    opening = page_for(found(runs, "old"), uri)
    assert opening.page.startswith(f"#/experiments/{experiment}/runs?")
    assert opening.experiments == (experiment,)


def test_several_studies_are_compared(runs, uri):
    opening = page_for(found(runs, "old", "new"), uri)
    assert opening.page.startswith("#/compare-experiments/s?") and len(opening.experiments) == 2


def test_a_study_without_runs_is_refused_with_the_command_that_writes_them(runs, uri):
    with pytest.raises(StudyError, match=r"^unseen is not in MLflow; to write it: cnnsearch sync unseen$"):
        page_for(found(runs, "unseen"), uri)


def test_the_latest_is_the_study_with_the_latest_trial(runs, uri):
    opening = page_of_latest(found(runs, "unseen", "old", "new"), uri)
    assert [study.name for study in opening.studies] == ["new"]


def test_without_studies_the_experiments_are_listed(tmp_path):
    make_database(tmp_path / "mlflow.db")
    assert page_of_latest([], f"sqlite:///{tmp_path / 'mlflow.db'}").page == EXPERIMENTS


def test_a_study_of_an_older_version_gets_its_view(runs, uri, client):
    opening = page_for(found(runs, "old"), uri)
    client.delete_experiment_tag(opening.experiments[0], VIEW_TAG)
    refresh(opening, uri)
    assert VIEW_TAG in client.get_experiment(opening.experiments[0]).tags


def contents(page):
    """Return what the script of a page knows."""
    return json.loads(re.search(r"const page = (.*);\n", page)[1])


def test_the_first_page_leads_home_and_has_the_view_of_each_study(runs, uri, client):
    opening = page_for(found(runs, "old", "new"), uri)
    site = Site(uri, "artifacts", "127.0.0.1", 5000, opening.page, opening.experiments)
    page = first_page("<html><head><title>MLflow</title></head></html>", site)
    assert page.startswith("<html><head><script>") and page.endswith("<title>MLflow</title></head></html>")
    assert contents(page)["home"] == opening.page
    ids = sorted(opening.experiments)
    assert contents(page)["views"].keys() == {*(f'["{i}"]' for i in ids), f'["{ids[0]}","{ids[1]}"]'}


def test_a_script_in_a_home_is_not_run(uri):
    page = first_page("<head>", Site(uri, "artifacts", "127.0.0.1", 5000, "#/</script><script>alert(1)"))
    assert page.count("<script>") == 1 and contents(page)["home"] == "#/</script><script>alert(1)"
