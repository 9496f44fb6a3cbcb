import pytest

from cnnsearch.errors import SearchError
from cnnsearch.tracking.failures import redacted
from cnnsearch.tracking.mirror import Mirror
from tests.studies import add_trial, make_study


def test_an_address_loses_user_and_password():
    text = "cannot reach http://anna:pass@word@host:5000/api or sqlite:///a@b.db"
    assert redacted(text) == "cannot reach http://***@host:5000/api or sqlite:///a@b.db"


def test_an_unreachable_server_is_reported_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    study = make_study(tmp_path / "some", tracking_uri="http://anna:secret@127.0.0.1:9")
    add_trial(study, 0)
    with pytest.raises(SearchError, match=r"^MLflow at http://127\.0\.0\.1:9: ") as caught:
        Mirror(study).sync()
    assert "secret" not in str(caught.value)
