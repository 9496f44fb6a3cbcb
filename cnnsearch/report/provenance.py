"""Findings -> the sections on the data, the readings of the test split, and repeating the search."""

import shlex
from typing import Any

from cnnsearch.page import formatting
from cnnsearch.page.parts import Code, PageSection, Part, Table, Text
from cnnsearch.report.findings import Findings
from cnnsearch.space import Hypermodel
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import OPTIONS, Settings, dump_yaml
from cnnsearch.study.storage import SETTINGS, SPACE
from cnnsearch.study.warm_start import read_warm_start
from cnnsearch.training.backend import versions
from cnnsearch.version import __version__

ORIGINS = {
    "made": "split by cnnsearch, stratified, with seed {seed}",
    "given": "given",
    "completed": "one given, the other split off the training set, stratified, with seed {seed}",
}

ELSEWHERE = {
    "space", "data", "objective", "more_objectives", "overrides", "tracking_uri", "warm_start",
}  # fmt: skip
"""Settings that are not options of the command, or are given in another way: the overrides are in the study's
space, and a hypermodel is searched in the working directory."""
TIMES = {"timeout", "trial_timeout", "max_latency"}


REPEATED = "With one worker the same seed gives the same search on a CPU."
REPEATED_IN_TIME = (
    "The same seed gives the same random draws; with a time limit the search depends on the machine's speed."
)


def data_section(findings: Findings) -> PageSection:
    """Return the section on the dataset and the readings of the test split."""
    summary = findings.summary
    parts_of = ("train", "validation", "test")
    sizes = {part: summary.num_examples(part) for part in parts_of}
    total = ("all examples", *(f"{sizes[part]:,}" for part in parts_of))
    by_name = [
        (name, *(f"{summary.counts[part][name]:,}" for part in parts_of)) for name in summary.counts["train"]
    ]
    origin = ORIGINS[summary.split_origin].format(seed=summary.split_seed)
    facts = (
        ("dataset", summary.name),
        ("source", summary.source),
        ("examples", f"{formatting.shape(summary.input_shape)}, {summary.dtype}"),
        ("values", f"{summary.values.text} ({summary.values.reason})"),
        ("split", f"{formatting.plural(sum(sizes.values()), 'example')}, {origin}"),
        ("test examples also in training or validation", f"{summary.duplicates_across_splits:,}"),
        ("grouped within one split", ", ".join(summary.grouped_by) or "nothing"),
        ("files skipped that could not be decoded", f"{summary.skipped:,}"),
        ("fingerprint", summary.fingerprint),
    )
    noun = summary.task.noun if by_name else ""
    caption = f"Examples by {noun} and split." if noun else "Examples by split."
    split = Table((noun, *parts_of), [*by_name, total], caption, is_tall=len(by_name) > 20)
    return PageSection("data", "The data", (Table(("", ""), facts), split, _ledger(findings)))


def _ledger(findings: Findings) -> Part:
    if not findings.ledger:
        return Text("The test split has not been read yet.")
    rows = [(formatting.moment(line.time), line.reason, f"{line.examples:,}") for line in findings.ledger]
    caption = "All readings of the test split; the search itself does not use it."
    return Table(("time", "reason", "examples"), rows, caption)


def again(findings: Findings) -> PageSection:
    """Return the section with everything needed to repeat the search."""
    study, settings = findings.study, findings.settings
    used = {"cnnsearch": __version__, **versions(settings.backend)}
    table = Table(("", ""), [*used.items(), ("seed", str(settings.seed))])
    arrays = " The data were arrays passed from Python." if settings.data.startswith("<") else ""
    parts: list[Part] = [
        Code(search_command(study), "The command"),
        Text(f"{REPEATED_IN_TIME if settings.timeout else REPEATED}{arrays}"),
        table,
        Code(dump_yaml(settings.model_dump(mode="json")), SETTINGS, is_folded=True),
        Code((study.path / SPACE).read_text(encoding="utf-8"), SPACE, is_folded=True),
    ]
    if findings.champion is not None:
        candidate = findings.champion.trial.candidate
        rows = [(name, formatting.value(value)) for name, value in candidate.params.items()]
        parts.insert(3, Table(("parameter of the champion", "value"), rows, is_tall=len(rows) > 20))
    return PageSection("again", "Run it again", tuple(parts))


def search_command(study: Study) -> str:
    """Return the command that starts such a study with the study's copy of the space."""
    settings, defaults = study.settings, Settings(space="", data="")
    match settings.space:
        case Hypermodel(source=source):
            space = ["--hypermodel", source]
        case _:
            space = [str(study.path / SPACE)]
    words = ["cnnsearch", "search", *space, "--data", settings.data]
    words += ["--study", f"{study.name}-again"]
    if read_warm_start(study.path) is not None:
        words += ["--warm-start", str(study.path)]
    if settings.objectives != defaults.objectives:
        words += [word for name in settings.objectives for word in ("--objective", name)]
    for field in Settings.model_fields:
        value = getattr(settings, field)
        if field not in ELSEWHERE and value != getattr(defaults, field) and value is not None:
            words += _option(field, value)
    return shlex.join(words)


def _option(field: str, value: Any) -> list[str]:
    option = OPTIONS.get(field, f"--{field.replace('_', '-')}")
    if value is True:
        return [option]
    if field == "image_size":
        return [option, "x".join(map(str, value))]
    if field == "value_range":
        return [option, ":".join(f"{end:g}" for end in value)]
    if field == "columns":
        return [option, ",".join(f"{name}={column}" for name, column in value.items())]
    return [option, f"{value:g}s" if field in TIMES else str(value)]
