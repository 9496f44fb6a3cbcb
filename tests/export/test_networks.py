"""Layers that converters support only after replacement, and unsupported ones."""

import json

import pytest

from tests.finish.processes import run

pytestmark = pytest.mark.slow
CONVERTED = [
    "grouped line",
    "grouped picture",
    "grouped volume",
    "scaled line",
    "scaled volume",
    "pooled volume",
    "tiled line",
    "tiled picture",
    "tiled volume",
    "flat kernels",
    "padded pools",
    "padded pools of a volume",
    "pyramid of a line",
    "pyramid of a picture",
]


def exported(folder, *cases):
    """Return the results for some cases."""
    done = run("-m", "tests.export.networks", folder, *cases)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_converters_do_not_know_is_computed_otherwise_and_the_model_stays(tmp_path):
    answers = exported(tmp_path, *CONVERTED)
    assert [told for told in answers if "reason" in told] == []
    assert max(told["largest_difference"] for told in answers) < 1e-5


def test_an_operation_that_a_format_lacks_is_named(tmp_path):
    onnx, litert = exported(tmp_path, "dilated volume")
    assert "reason" not in onnx
    assert litert["reason"] == (
        "LiteRT does not support BatchToSpaceND, SpaceToBatchND, which this network with input "
        "(9, 8, 8, 4) needs; onnx and saved_model support all operations"
    )


def test_a_file_beyond_its_tolerance_is_not_kept_and_an_older_one_stays(tmp_path):
    (tmp_path / "model.onnx").write_text("older")
    answers = exported(tmp_path, "intolerant")
    assert all("expected at most -1" in told["reason"] for told in answers)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert (tmp_path / "model.onnx").read_text() == "older"
