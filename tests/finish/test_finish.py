import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pytest
from mlflow import MlflowClient

from cnnsearch.data import read_ledger
from cnnsearch.errors import SearchError
from cnnsearch.study.records import Records
from cnnsearch.study.storage import read_json
from tests.finish.processes import HERE, TRAINED, finish, run, trained_study
from tests.studies import add_trial, make_study
from tests.tracking.readback import NOLOAD, artifacts_of, runs_of
from tests.tracking.test_server import free_port, wait_for

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that has been finished twice, and the output of the processes; no test changes it."""
    study = trained_study(tmp_path_factory.mktemp("runs") / "some")
    return study, finish(study), finish(study)


@pytest.fixture(scope="module")
def recomputed(study):
    """The output for the bundle of a process without cnnsearch."""
    sealed = study.data_folder / "sealed"
    done = run(HERE / "recompute.py", study.best, sealed / "x_test.npy", sealed / "y_test.npy")
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def client(study):
    return MlflowClient(f"sqlite:///{study.runs / 'mlflow.db'}")


def test_the_bundle_is_whole(study):
    assert sorted(file.name for file in study.best.iterdir()) == [
        "architecture.json",
        "bundle.json",
        "card.md",
        "evidence.npz",
        "labels.json",
        "metrics.json",
        "model.keras",
        "training.json",
    ]


def test_nothing_unfinished_is_left(study):
    assert not [path for path in study.path.iterdir() if path.name.startswith(".best")]


def test_the_best_trial_whose_weights_are_there_is_the_champion(metrics):
    assert metrics["trial"] == TRAINED


def test_the_recorded_validation_accuracy_is_reached_again(study, finished, metrics):
    assert metrics["validation_accuracy"] == pytest.approx(study.records()[TRAINED].value, abs=1e-6)
    assert "warning" not in finished[1]


def test_the_losses_are_those_that_keras_computes(study, metrics):
    recorded = study.records()[TRAINED].result.metrics["validation_loss"]
    assert metrics["validation_loss"] == pytest.approx(recorded, abs=1e-5)


def test_the_test_split_is_read_once_each_time_and_it_shows(study, metrics):
    assert len(read_ledger(study.ledger)) == 2
    assert metrics["test_readings"] == 2 and metrics["test_examples"] == 359


def test_the_ledger_has_the_reason(study):
    assert {line.reason for line in read_ledger(study.ledger)} == {"final evaluation of the champion"}


def test_plain_keras_reaches_the_test_accuracy_in_a_fresh_process(recomputed, metrics):
    assert recomputed["accuracy"] == metrics["test_accuracy"] and not recomputed["foreign"]


def test_the_model_gives_probabilities_of_raw_pixels(recomputed):
    assert recomputed["off_by"] < 1e-5


def test_the_model_computes_in_float32_and_has_no_optimizer(recomputed):
    assert recomputed["dtypes"] == ["float32"] and not recomputed["compiled"]


def test_the_bundle_describes_the_network_and_its_training(study):
    record = study.records()[TRAINED]
    training = read_json(study.best / "training.json")
    assert read_json(study.best / "architecture.json") == record.trial.candidate.architecture.model_dump(
        mode="json"
    )
    assert training == {
        "plan": record.trial.candidate.training.model_dump(mode="json"),
        "epochs": 1,
        "seed": TRAINED,
        "trial": TRAINED,
    }


def test_the_labels_are_those_of_the_data(study):
    assert read_json(study.best / "labels.json") == [str(digit) for digit in range(10)]


def test_the_champion_is_registered_under_the_study_s_name(study, client):
    version = client.get_model_version_by_alias(study.name, "champion")
    assert (
        int(version.version) == 2
        and version.run_id == runs_of(client.tracking_uri, study.name)[0].info.run_id
    )


def test_the_champion_s_files_are_in_the_runs_folder(study, client):
    version = client.get_model_version_by_alias(study.name, "champion")
    model = client.get_logged_model(version.source.removeprefix("models:/"))
    assert model.artifact_location.startswith((study.runs / "artifacts").as_uri())


def test_the_study_s_run_has_the_bundle_s_figures_and_an_example(study, client, metrics):
    parent = runs_of(client.tracking_uri, study.name)[0]
    assert parent.data.metrics["test_accuracy"] == metrics["test_accuracy"]
    assert "example.npy" in artifacts_of(client.tracking_uri, parent)


def test_finishing_leaves_the_study_s_run_finished(study, client):
    parent, *trials = runs_of(client.tracking_uri, study.name)
    assert parent.info.status == "FINISHED" and len(trials) == 2


def test_the_logged_model_has_the_bundle_s_figures(study, client, metrics):
    version = client.get_model_version_by_alias(study.name, "champion")
    logged = client.get_logged_model(version.source.removeprefix("models:/"))
    figures = {metric.key: metric.value for metric in logged.metrics}
    assert figures["test_accuracy"] == metrics["test_accuracy"]


def test_the_logged_figures_name_their_dataset(study, client):
    version = client.get_model_version_by_alias(study.name, "champion")
    logged = client.get_logged_model(version.source.removeprefix("models:/"))
    [data] = runs_of(client.tracking_uri, study.name)[0].inputs.dataset_inputs
    # MLflow adds what the run knew before the model was logged, here of the first finish.
    last = {metric.key: metric for metric in sorted(logged.metrics, key=lambda metric: metric.timestamp)}
    assert {metric.dataset_digest for metric in last.values()} == {data.dataset.digest}


def test_the_registered_version_leads_to_its_trial_s_run(study, client, metrics):
    version = client.get_model_version_by_alias(study.name, "champion")
    run = client.get_run(version.tags["cnnsearch.trial_run"])
    assert run.data.tags["cnnsearch.trial"] == str(metrics["trial"])


def test_mlflow_predicts_the_same_for_examples_of_every_type(study, client):
    code = (
        "import sys, mlflow, numpy as np; mlflow.set_tracking_uri(sys.argv[1]);"
        "model = mlflow.pyfunc.load_model('models:/some@champion'); x = np.load(sys.argv[2])[:2];"
        "types = ('uint8', 'int32', 'int64', 'float32', 'float64');"
        "print(model.metadata.signature.outputs.inputs[0].shape,"
        "{model.predict(x.astype(t)).tobytes() == model.predict(x).tobytes() for t in types})"
    )
    x_test = study.data_folder / "sealed" / "x_test.npy"
    assert run("-c", code, client.tracking_uri, x_test).stdout.splitlines()[-1] == "(-1, 10) {True}"


def test_the_registered_version_says_what_it_takes(study, client):
    version = client.get_model_version_by_alias(study.name, "champion")
    assert version.description == (
        "Takes pictures 8 x 8, 1 channel, as (n, 8, 8, 1), values 0 to 255 (of the bits that the training "
        "split uses), of any numeric type; gives a probability for each class, in the order of labels.json."
    )


@pytest.mark.slow
def test_a_client_s_json_is_answered_by_mlflow_s_server(study, client):
    address = free_port()
    x = np.load(study.data_folder / "x_validation.npy")[:3]
    command = ["-m", "mlflow", "models", "serve", "-m", "models:/some@champion", "--env-manager", "local"]
    environment = os.environ | {"MLFLOW_TRACKING_URI": client.tracking_uri, "CUDA_VISIBLE_DEVICES": ""}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # uvicorn
    log = study.path / "serve.txt"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, *command, "--host", "127.0.0.1", "--port", str(address)],
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{address}/ping", process)
            answers = [asked(address, examples) for examples in (x.tolist(), (x / 1.0).tolist())]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
    np.testing.assert_array_equal(*answers)
    np.testing.assert_allclose(np.sum(answers[0], axis=1), 1, atol=1e-5)


def asked(port, examples):
    """Return the predictions of a scoring server for examples, as nested lists of numbers."""
    body = json.dumps({"inputs": examples}).encode()
    request = Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return json.load(answer)["predictions"]


def test_without_a_trial_that_could_be_the_best_there_is_no_bundle(tmp_path):
    study = make_study(tmp_path / "some")
    add_trial(study, 0)
    with pytest.raises(SearchError) as caught:
        finish(study)
    assert str(caught.value) == (
        "some has no trial eligible as the champion (trained to its end, with its weights kept): "
        "found 1 complete"
    )
    assert not study.best.exists() and not study.ledger.exists()


@pytest.mark.slow
def test_an_unreachable_tracking_server_does_not_prevent_the_bundle(tmp_path):
    study = trained_study(tmp_path / "some", tracking_uri="http://127.0.0.1:9")
    assert "the champion is not registered in MLflow" in finish(study)
    assert read_json(study.best / "metrics.json")["trial"] == TRAINED


@pytest.mark.slow
def test_scores_that_differ_from_the_recorded_ones_give_a_warning(tmp_path):
    study = trained_study(tmp_path / "some")
    spoil(study.records(), value=0.1)
    assert f"warning: trial {TRAINED} has a validation accuracy of" in finish(study)


def spoil(records: Records, value: float) -> None:
    result = records[TRAINED].result
    metrics = {**result.metrics, "validation_accuracy": value}
    records.end(TRAINED, result.model_copy(update={"metrics": metrics}))
