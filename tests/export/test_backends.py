"""Studies on another backend are exported by TensorFlow's converters too."""

import pytest

from cnnsearch.bundle.exported import Exported
from cnnsearch.export.request import ExportRequest
from cnnsearch.export.start import export
from tests.finish.processes import finish, trained_study


@pytest.mark.slow
def test_a_study_on_jax_is_exported_in_every_format(tmp_path):
    study = trained_study(tmp_path / "some", backend="jax")
    finish(study)
    every = tuple((name, "none") for name in ("keras", "onnx", "saved_model", "litert"))
    answers = list(export(study, ExportRequest(study=study.path, targets=every)))
    assert all(isinstance(told, Exported) for told in answers), answers
