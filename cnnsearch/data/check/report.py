"""The report of a check, which can be written to JSON and read back."""

import os
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, computed_field

Kind = Literal[
    "unreadable",
    "leak",
    "label_conflict",
    "undeclared",
    "other_size",
    "no_box",
    "empty_box",
    "outside_box",
    "region",
    "mask_missing",
    "mask_size",
    "mask_jpeg",
    "mask_colours",
    "mask_values",
    "mask_unreadable",
    "unsuitable",
    "one_class",
    "empty_class",
    "few_examples",
    "repeated_box",
    "clipped",
    "outside_keypoint",
    "unlabelled",
    "without_objects",
    "unused_category",
    "duplicates",
    "imbalance",
    "label_noise",
    "blank",
    "tiny",
    "elongated",
    "crowd",
    "left_out",
]
"""Kinds of findings, in their order within a severity."""
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Severities, worst first."""
SHOWN = 20
"""Maximum number of examples of a finding."""


def printable(text: str) -> str:
    """Return a printable name, with bytes that are not UTF-8 as `\\xNN`."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


Name = Annotated[str, BeforeValidator(printable)]
"""Name of a file or folder, made printable."""


class Occurrence(BaseModel):
    """One instance of a finding: a file, or files that belong together.

    Attributes:
        files: Paths relative to the folder of the data; for arrays, the array and the position in it.
        note: Note on this instance; empty if the message of the finding is sufficient.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[Name, ...]
    note: Name = ""


class Finding(BaseModel):
    """One finding of a check, with examples.

    Attributes:
        kind: Kind of the finding.
        severity: `error`: scores would be wrong or a file cannot be used; `warning`: to review before a
            search; `note`: information.
        message: The finding, and what to do.
        count: Number of instances.
        examples: The first instances.
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
    """Minimum, median and maximum of sizes in pixels, or of counts."""

    model_config = ConfigDict(frozen=True)

    least: int
    median: float
    greatest: int


class BoxSize(BaseModel):
    """A box of the smallest or the largest area.

    Attributes:
        width: Width in pixels of the picture.
        height: Height, likewise.
        label: Its class.
        file: Its picture.
        place: Where it is annotated.
    """

    model_config = ConfigDict(frozen=True)

    width: float
    height: float
    label: Name
    file: Name
    place: Name


class TargetSummary(BaseModel):
    """The amounts of targets of objects or maps; parts are named as in `Report.counts`.

    Attributes:
        pictures: Number of pictures with each class or keypoint, in each part.
        objects: Number of objects of each class, or of labelled keypoints, in each part; empty for
            segmentations.
        per_picture: Number of objects of a picture, or of its classes in segmentations; as for boxes, outside
            of a given test set.
        smallest: The smallest box; None if there are no boxes.
        largest: The largest box.
    """

    model_config = ConfigDict(frozen=True)

    pictures: dict[str, dict[Name, int]]
    objects: dict[str, dict[Name, int]]
    per_picture: SizeRange | None
    smallest: BoxSize | None
    largest: BoxSize | None


class Report(BaseModel):
    """The report on a dataset.

    Attributes:
        data: The dataset argument.
        origin: `folder`, `manifest` or `arrays`.
        examples: Number of examples, including unreadable ones.
        bytes: Total size of the files, or of the values of arrays.
        task: Name of the task.
        targets: Description of the targets, such as `10 classes (classification)`.
        labels: The classes with at least one example; empty if the targets are not classes.
        counts: Number of examples of each label in each part; the part is `all` without a given split.
        widths: Widths of the readable images; None if there are none.
        heights: Heights of the readable images; None if there are none.
        modes: Number of images of each mode, or of examples of each array type.
        formats: Number of files of each format.
        class_weights: Weight of each class with `--class-weights balanced`, from the counts of train (or of
            all examples): n / (k count), for n examples and k classes.
        target_summary: The amounts of targets of objects or maps; None for other targets.
        findings: The findings, worst first.
    """

    model_config = ConfigDict(frozen=True)

    data: Name
    origin: str
    examples: int
    bytes: int
    task: str
    targets: str
    labels: tuple[Name, ...]
    counts: dict[str, dict[Name, int]]
    widths: SizeRange | None
    heights: SizeRange | None
    modes: dict[str, int]
    formats: dict[str, int]
    class_weights: dict[Name, float]
    target_summary: TargetSummary | None = None
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def worst(self) -> Severity | None:
        """The worst severity of the findings; None if there are no findings."""
        present = {finding.severity for finding in self.findings}
        return next((severity for severity in SEVERITIES if severity in present), None)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings sorted by severity, then by kind, in stable order."""
    kinds = get_args(Kind)
    return tuple(sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), kinds.index(one.kind))))
