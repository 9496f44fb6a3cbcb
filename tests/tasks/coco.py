"""COCOeval as its documentation uses it, with its default parameters: the reference of average precision."""

import contextlib
import io

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def precisions(true, predicted, examples, classes, form, size=(100, 100)):
    """The precisions `(classes, thresholds, recalls)`, all areas and 100 detections; -1 for absent classes.

    `true` has annotations (`image_id`, `category_id`, `bbox` or `segmentation`), and `predicted` those with a
    `score`.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": example, "height": size[0], "width": size[1]} for example in range(examples)],
            "categories": [{"id": label, "name": str(label)} for label in range(classes)],
            "annotations": [
                {**annotation, "id": number, "iscrowd": 0, "area": 50.0}
                for number, annotation in enumerate(true, start=1)
            ],
        }
        truth.createIndex()
        if predicted:
            found = truth.loadRes(predicted)
        else:
            found = COCO()
            found.dataset = {**truth.dataset, "annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, form)
        evaluation.evaluate()
        evaluation.accumulate()
    return np.moveaxis(evaluation.eval["precision"][:, :, :, 0, 2], 2, 0)
