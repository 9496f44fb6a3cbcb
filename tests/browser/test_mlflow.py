"""MLflow's own pages on a real search, as `cnnsearch ui` serves them."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from mlflow import MlflowClient
from playwright.sync_api import TimeoutError as PageTimeoutError

from tests.cli.conftest import run
from tests.search.real import TINY
from tests.tracking.readback import NOLOAD, runs_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(NOLOAD), pytest.mark.timeout(900)]

PATIENCE = 120_000
"""Milliseconds that a page may take to show what it is to show."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The runs folder of a search with two finalists, its report included."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "tiny.yaml").write_text(TINY)
    options = ("--data", "digits", "--trials", 3, "--epochs", 2, "--pruner", "none", "--study", "tiny")
    finals = ("--finalists", 1, "--final-seeds", 1)
    outcome = run("search", "tiny.yaml", *options, *finals, cwd=folder)
    assert outcome.status == 0, outcome
    return folder / "runs"


@pytest.fixture(scope="module")
def client(runs):
    return MlflowClient(f"sqlite:///{runs / 'mlflow.db'}")


@pytest.fixture(scope="module")
def site(runs):
    """The address of the pages, while they are served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "ui", "--runs", str(runs)]
    with (runs / "ui.txt").open("wb") as output:
        server = subprocess.Popen([*command, "--port", str(port)], stdout=output, stderr=output)
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}/#"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def wait_for(port, server):
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "the server has ended"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def link(site, runs):
    """The link that is printed once the server answers."""
    while True:
        if printed := re.search(r"MLflow UI: (\S+)", (runs / "ui.txt").read_text()):
            return printed[1]
        time.sleep(0.2)


@pytest.fixture(scope="module")
def experiment(client):
    return client.get_experiment_by_name("tiny").experiment_id


def found(client, is_trial):
    uri = client.tracking_uri
    return [r for r in runs_of(uri, "tiny") if ("cnnsearch.trial" in r.data.tags) == is_trial]


def parent_of(client):
    return next(run for run in found(client, False) if run.info.run_name == "tiny").info.run_id


def shows(page, *texts):
    """Waits until a page shows all of these."""
    for text in texts:
        page.get_by_text(text, exact=True).first.wait_for(timeout=PATIENCE)


def expand(page, dot):
    """Clicks the expander of the run that has a dot, again where the table moved meanwhile."""
    first = page.get_by_text("0000", exact=True).first
    while not first.is_visible():
        if place := dot.bounding_box():
            page.mouse.click(place["x"] - 12, place["y"] + place["height"] / 2)
        with suppress(PageTimeoutError):
            first.wait_for(timeout=PATIENCE / 10)


def ranked(client):
    """Return the names of the trials' runs, best first."""
    trials = sorted(found(client, True), key=lambda run: -run.data.metrics["best_validation_accuracy"])
    return [run.info.run_name for run in trials]


def shown_names(page):
    """Return the names of the runs in the table of a page, from the top."""
    rows = page.locator(".ag-row").evaluate_all(
        "rows => rows.map(row => [+row.getAttribute('row-index'), row.querySelector('a[href*=\"/runs/\"]')])"
        ".filter(([, link]) => link).sort(([a], [b]) => a - b).map(([, link]) => link.textContent)"
    )
    return [name for name in rows if name != "tiny"]


def wait_for_trials(page, client):
    names = ranked(client)
    shows(page, *names)
    assert shown_names(page) == names


def test_the_printed_link_shows_the_trials_sorted_with_their_curves(link, client, opened):
    page, told = opened(link)
    wait_for_trials(page, client)
    shows(page, "Sort: best_validation_accuracy", "validation_accuracy", "best_validation_accuracy")
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for(timeout=PATIENCE)
    page.locator(".js-plotly-plot .barlayer .point").first.wait_for(timeout=PATIENCE)
    others = [url for url in told.requests if not url.startswith((link.split("#")[0], "data:", "blob:"))]
    assert others == []


def test_what_is_not_a_curve_is_in_no_chart(link, client, opened):
    page, _ = opened(link, viewport={"width": 1280, "height": 3000})
    wait_for_trials(page, client)
    shows(page, "learning_rate", "validation_loss")
    page.get_by_text("Sampled values").first.wait_for(timeout=PATIENCE)
    for name in ("best_epoch", "duration_seconds", "test_accuracy"):
        assert page.get_by_text(name, exact=True).count() == 0
    assert page.get_by_text("Ask questions about your experiments").count() == 0  # MLflow's assistant


def test_the_table_has_the_objective_first_then_sizes_and_sampled_values(link, client, opened):
    page, _ = opened(link.replace("CHART", "TABLE"), viewport={"width": 1900, "height": 900})
    wait_for_trials(page, client)
    shows(page, "macs", "stages.filters")
    names = page.locator(".ag-header-cell").evaluate_all(
        "cells => cells.map(cell => [cell.getBoundingClientRect().left, cell.innerText.trim()])"
        ".sort(([a], [b]) => a - b).map(([, text]) => text).filter(text => text)"
    )
    sizes = ["best_validation_accuracy", "num_weights", "macs", "cnnsearch.state"]
    assert names[:6] == ["Run Name", "Created", *sizes] and "stages.filters" in names
    values = page.locator("[col-id='metrics.`best_validation_accuracy`'].ag-cell").all_text_contents()
    assert values == sorted(values, reverse=True) and len(values) == len(ranked(client)) + 1


def test_the_root_of_the_site_leads_to_the_link(site, link, client, opened):
    page, _ = opened(site.removesuffix("#"))
    wait_for_trials(page, client)
    assert page.url == link


def test_an_experiment_opens_on_its_trials_too(site, experiment, client, opened):
    page, _ = opened(f"{site}/experiments/{experiment}")
    wait_for_trials(page, client)
    assert "#/experiments/" in page.url and "/runs?" in page.url


def test_an_experiment_has_a_description_and_the_list_has_only_studies(site, opened):
    page, _ = opened(f"{site}/experiments")
    page.get_by_text("Search of the space tiny on digits").first.wait_for(timeout=PATIENCE)
    assert page.get_by_text("Default", exact=True).count() == 0


def test_the_view_is_among_the_saved_views_of_its_experiment(link, client, opened):
    page, _ = opened(link)
    wait_for_trials(page, client)
    page.get_by_role("button", name="Views").click()
    shows(page, "Trials")


def test_the_study_s_run_has_the_trials_nested_in_it(site, experiment, opened):
    order = "orderByKey=attributes.start_time&orderByAsc=false"
    page, _ = opened(f"{site}/experiments/{experiment}/runs?workflowType=machine_learning&{order}")
    dot = page.get_by_test_id("experiment-view-table-run-color").first
    dot.wait_for(timeout=PATIENCE)
    shows(page, "tiny")
    assert page.get_by_text("0001", exact=True).count() == 0
    expand(page, dot)
    shows(page, "0000", "0001", "0002")


def test_trials_are_compared_in_charts(site, experiment, client, opened):
    ids = json.dumps([run.info.run_id for run in found(client, True)])
    page, _ = opened(f"{site}/compare-runs?runs={ids}&experiments={json.dumps([experiment])}")
    shows(page, "Parallel Coordinates Plot", "Scatter Plot", "Box Plot", "Contour Plot")
    page.locator(".parcoords .y-axis").first.wait_for(timeout=PATIENCE)
    assert page.locator(".parcoords .y-axis").count() >= 2


def test_the_study_s_run_shows_the_test_figures(site, experiment, client, opened):
    page, _ = opened(f"{site}/experiments/{experiment}/runs/{parent_of(client)}")
    shows(page, "test_accuracy", "validation_accuracy")


def test_the_study_s_run_has_the_report(site, experiment, client, opened):
    page, _ = opened(f"{site}/experiments/{experiment}/runs/{parent_of(client)}/artifacts")
    shows(page, "report.html", "figures", "space.yaml")


def test_the_champion_is_registered(site, opened):
    page, _ = opened(f"{site}/models/tiny")
    shows(page, "Version 1")
    page.get_by_text("champion").first.wait_for(timeout=PATIENCE)


def test_the_champion_s_page_leads_to_its_run_and_says_what_it_takes_and_gives(site, opened):
    page, _ = opened(f"{site}/models/tiny/versions/1")
    shows(page, "Source Run", "Schema")
    page.get_by_text("of any numeric type; gives ").first.wait_for(timeout=PATIENCE)
    page.get_by_text("Outputs (1)").first.wait_for(timeout=PATIENCE)
