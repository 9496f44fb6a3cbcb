"""The points with which a study begins, and where they are from; written once, when the study is created."""

from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.space.domains import Plain
from cnnsearch.study.records import Record
from cnnsearch.study.storage import WARM_START, read_as, write_json


class WarmStart(Record):
    """Points that did well on similar datasets.

    Attributes:
        points: The values of each point by parameter name, by the name of the point, in the order of trying.
        text: Where they are from, in one line.
        with_baselines: Whether the baselines of the space are tried after them.
    """

    points: dict[str, dict[str, Plain]]
    text: str
    with_baselines: bool


_WARM_START = TypeAdapter(WarmStart)


def read_warm_start(study: Path) -> WarmStart | None:
    """Return the warm start in a study's folder, if it has one."""
    file = study / WARM_START
    return read_as(file, _WARM_START) if file.exists() else None


def write_warm_start(study: Path, warm_start: WarmStart) -> None:
    """Write a warm start into a study's folder."""
    write_json(study / WARM_START, warm_start.model_dump(mode="json"))
