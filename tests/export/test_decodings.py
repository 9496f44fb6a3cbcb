"""The decoding of boxes, keypoints and instances in every format."""

import json
from collections import Counter

import pytest

from cnnsearch.bundle.formats import FORMATS
from tests.finish.processes import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_predictions_are_decoded_in_every_format(tmp_path):
    answers = [json.loads(line) for line in run("-m", "tests.export.decodings", tmp_path).stdout.splitlines()]
    assert [told for told in answers if "reason" in told] == []
    assert Counter(told["task"] for told in answers) == {
        "detection": len(FORMATS),
        "keypoints": 2 * len(FORMATS),
        "instances": len(FORMATS),
    }
    assert min(told["label_agreement"] for told in answers) == 1.0
