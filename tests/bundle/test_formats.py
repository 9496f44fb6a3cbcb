import importlib.util

import pytest

from cnnsearch.bundle import formats
from cnnsearch.bundle.formats import FORMATS, ExportTarget
from cnnsearch.errors import MissingDependencyError, SettingsError


def test_formats_come_repeated_or_in_a_list_each_once():
    assert formats.parse_formats(["litert,onnx", "onnx"]) == ["onnx", "litert"]


def test_an_unknown_format_is_refused_with_a_suggestion():
    expected = "found onxx; expected one or several of keras, onnx, saved_model, litert. Did you mean 'onnx'?"
    with pytest.raises(SettingsError, match=expected.replace("?", r"\?")):
        formats.parse_formats(["onxx"])


def test_an_unknown_quantization_is_refused():
    with pytest.raises(SettingsError, match="--quantize: found int4; expected one of none, int8, float16"):
        formats.parse_quantization("int4")


def test_a_quantization_is_for_litert_alone():
    assert formats.export_targets(["onnx", "litert"], "int8") == [
        ExportTarget("onnx"),
        ExportTarget("litert", "int8"),
    ]
    with pytest.raises(SettingsError, match="--quantize int8: only litert supports it; found --format onnx"):
        formats.export_targets(["onnx"], "int8")


def test_each_file_has_its_own_name():
    every = [ExportTarget(name) for name in FORMATS] + [
        ExportTarget("litert", "int8"),
        ExportTarget("litert", "float16"),
    ]
    assert len({target.file for target in every}) == len(every)


def test_a_runtime_that_is_missing_names_the_extra(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else found(name)
    )
    formats.check_formats_installed(["keras", "litert"])
    expected = r"--format onnx needs onnxruntime, which is not installed; run `pip install 'cnnsearch\[exp"
    with pytest.raises(MissingDependencyError, match=expected):
        formats.check_formats_installed(["onnx"])
