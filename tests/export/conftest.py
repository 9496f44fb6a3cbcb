"""One trained and finished study, with its champion in every format; no test changes it."""

from dataclasses import dataclass

import pytest

import tests.keras_here  # noqa: F401
from cnnsearch.bundle.exported import Exported
from cnnsearch.export.request import ExportRequest, NotExported
from cnnsearch.export.start import export
from cnnsearch.study.folder import Study
from tests.finish.processes import finish, trained_study

EVERY = (
    ("keras", "none"),
    ("onnx", "none"),
    ("saved_model", "none"),
    ("litert", "none"),
    ("litert", "int8"),
    ("litert", "float16"),
)


@dataclass(frozen=True)
class Export:
    """The request of an export, and its answers."""

    study: Study
    request: ExportRequest
    answers: list[Exported | NotExported]


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    made = trained_study(tmp_path_factory.mktemp("runs") / "some")
    finish(made)
    return made


@pytest.fixture(scope="session")
def exported(study):
    request = ExportRequest(study=study.path, targets=EVERY, license="CC0-1.0")
    return Export(study, request, list(export(study, request)))
