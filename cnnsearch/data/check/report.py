"""What a check found, for people and for scripts: goes through JSON and back."""

import os
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, computed_field

Kind = Literal[
    "unreadable",
    "leak",
    "label_conflict",
    "one_class",
    "empty_class",
    "few_examples",
    "duplicates",
    "imbalance",
    "label_noise",
    "blank",
    "tiny",
    "elongated",
    "left_out",
]
"""In the order in which findings of one severity are told."""
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""
SHOWN = 20
"""Examples that a finding keeps."""


def printable(text: str) -> str:
    """A name as it can be printed: bytes that are no UTF-8 as `\\xNN`."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


Name = Annotated[str, BeforeValidator(printable)]
"""Of a file or a folder, as the file system has it."""


class Occurrence(BaseModel):
    """One instance of a finding: a file, or files that belong together.

    Attributes:
        files: Their paths relative to the data's folder; of arrays, the array and the position in it.
        note: What is to be said of this instance; empty where the finding's message says it all.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[Name, ...]
    note: Name = ""


class Finding(BaseModel):
    """One thing that was found, with a few examples.

    Attributes:
        kind: What it is.
        severity: `error`: figures would be wrong or a file cannot be used; `warning`: worth a look before a
            search; `note`: good to know.
        message: The finding in a sentence, and what to do.
        count: How many there are.
        examples: The first few.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    severity: Severity
    message: Name
    count: int
    examples: tuple[Occurrence, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def files(self) -> tuple[str, ...]:
        """The files of all examples, each once."""
        return tuple(dict.fromkeys(name for example in self.examples for name in example.files))


class SizeRange(BaseModel):
    """Of some sizes, in pixels, the least, the median and the greatest."""

    model_config = ConfigDict(frozen=True)

    least: int
    median: float
    greatest: int


class Report(BaseModel):
    """A dataset, looked through.

    Attributes:
        data: What was given.
        origin: `folder`, `manifest` or `arrays`.
        examples: How many, unreadable ones included.
        bytes: Of all files, or of all examples' values.
        labels: The classes that have an example.
        counts: Of each label in each part; the part is `all` where the data comes undivided.
        widths: Of the pictures that can be read; None where there are none.
        heights: Likewise.
        modes: How many pictures there are of each mode, or of each type of array.
        formats: How many files there are of each format.
        class_weights: What `--class-weights balanced` would give each class, on the counts of train (or of
            all): n / (k count).
        findings: Worst first.
    """

    model_config = ConfigDict(frozen=True)

    data: Name
    origin: str
    examples: int
    bytes: int
    labels: tuple[Name, ...]
    counts: dict[str, dict[Name, int]]
    widths: SizeRange | None
    heights: SizeRange | None
    modes: dict[str, int]
    formats: dict[str, int]
    class_weights: dict[Name, float]
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def worst(self) -> Severity | None:
        """The worst severity among the findings; None where nothing was found."""
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in SEVERITIES if severity in found), None)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by severity, then by kind; of one kind in the order given."""
    kinds = get_args(Kind)
    return tuple(sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), kinds.index(one.kind))))
