"""The process that predicts: `python -m cnnsearch.predict`, which start.py asks."""

from cnnsearch.calls import Answers, answer
from cnnsearch.predict.predict import predict_batches
from cnnsearch.predict.request import PredictRequest


def work(request: bytes) -> Answers:
    """Predicts, and answers with each batch as it is done."""
    for told in predict_batches(PredictRequest.model_validate_json(request)):
        yield told.model_dump(mode="json")


if __name__ == "__main__":
    answer(work)
