"""The process that exports: `python -m cnnsearch.export`, which start.py asks."""

from cnnsearch.calls import Answers, answer
from cnnsearch.export.request import ExportRequest


def work(request: bytes) -> Answers:
    """Exports, and answers with each file as it is done."""
    from cnnsearch.export.write import write_exports  # only now: it loads Keras, which prints

    for done in write_exports(ExportRequest.model_validate_json(request)):
        yield done.model_dump(mode="json")


if __name__ == "__main__":
    answer(work)
