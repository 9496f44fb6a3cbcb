import pytest

from cnnsearch.errors import SettingsError
from cnnsearch.study.credentials import environment_for, without_credentials
from cnnsearch.study.settings import checked_settings, load_settings, save_settings

GIVEN = {"space": "plain", "data": "digits"}


def test_user_and_password_are_taken_out_of_an_address():
    assert without_credentials("https://anna:secret@host:5000/mlflow") == "https://host:5000/mlflow"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://127.0.0.1:5000/",
        "sqlite:////data/me@home/mlflow.db",
        "postgresql://anna@host/runs",
        "databricks",
    ],
)
def test_an_address_without_a_password_stays_as_it_is(address):
    assert without_credentials(address) == address


def test_the_processes_that_need_them_get_them_where_mlflow_looks():
    bare = without_credentials("http://anna:p%40ss%2Fword@one:5000")
    found = environment_for(bare)
    assert found["MLFLOW_TRACKING_USERNAME"] == "anna" and found["MLFLOW_TRACKING_PASSWORD"] == "p@ss/word"


def test_another_server_does_not_get_them(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD", raising=False)
    without_credentials("http://anna:secret@two:5000")
    assert "MLFLOW_TRACKING_PASSWORD" not in environment_for("http://three:5000")


def test_those_of_the_environment_stay_where_the_address_has_none(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "from outside")
    assert environment_for("http://four:5000")["MLFLOW_TRACKING_PASSWORD"] == "from outside"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://anna:sec/CANARY@host:5000", "is not the address of a server"),
        ("http://anna:CANARY?@host:5000", "is not the address of a server"),
        ("http://anna:CANARY#@host:5000", "is not the address of a server"),
        ("http://anna:CANARY@host:port", "is not the address of a server"),
        ("http://an na:CANARY@host", "is not the address of a server"),
        ("http://anna:CANARY@[::1", "is not the address of a server"),
        ("http://host:5000/?password=CANARY", "is not the address of a server"),
        ("http:anna:CANARY@host", "is not the address of a server"),
        ("anna:CANARY@host:5000", "a password in an address of this kind"),
        ("postgresql://anna:CANARY@host/runs", "a password in an address of this kind"),
        ("mysql://host/runs?user=anna&password=CANARY", "a password in an address of this kind"),
    ],
)
def test_a_password_that_cannot_be_taken_out_is_refused_unseen(address, reason):
    with pytest.raises(SettingsError, match=f"^--tracking-uri: {reason}") as refusal:
        checked_settings({**GIVEN, "tracking_uri": address})
    assert "CANARY" not in str(refusal.value)


def test_a_study_s_file_has_no_password(tmp_path):
    settings = checked_settings({**GIVEN, "tracking_uri": "http://anna:CANARY@host:5000"})
    save_settings(settings, tmp_path / "study.yaml")
    assert "CANARY" not in (tmp_path / "study.yaml").read_text() + repr(settings)
    assert load_settings(tmp_path / "study.yaml").tracking_uri == "http://host:5000"
