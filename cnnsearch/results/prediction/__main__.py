"""The process that predicts: `python -m cnnsearch.results.prediction`, which start.py asks."""

from cnnsearch.results.apart import Answers, answer
from cnnsearch.results.prediction.predict import predict
from cnnsearch.results.prediction.request import PredictRequest


def work(request: bytes) -> Answers:
    """Predicts, and answers with each batch as it is done."""
    for told in predict(PredictRequest.model_validate_json(request)):
        yield told.model_dump(mode="json")


if __name__ == "__main__":
    answer(work)
