"""Console output of a report: the dataset in a few lines, then the findings, worst first."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cnnsearch.data.check.page import facts
from cnnsearch.data.check.report import Finding, Occurrence, Report, TargetSummary
from cnnsearch.data.check.target_section import target_rows, target_sentences
from cnnsearch.tasks.registry import TASKS

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_CLASSES = 40  # lines of the table of classes
_EXAMPLES = 5  # lines of a finding


def print_report(report: Report, console: Console) -> None:
    """Print a report: counts by class, then the findings."""
    headings = facts(report)
    console.print(Text(report.data, "bold"))
    console.print(
        Text(", ".join(f"{heading} {text}" for heading, text in headings.items() if heading != "parts"))
    )
    if report.labels:
        console.print(_classes(report))
    if report.target_summary:
        _print_targets(report.target_summary, report.task, console)
    if not report.findings:
        console.print(Text("No problems found.", "green"))
    for finding in report.findings:
        _print_finding(finding, console)


def _classes(report: Report) -> Table:
    table = Table("class", box=None, pad_edge=False, header_style="bold")
    for heading in (*report.counts, "balanced weight"):
        table.add_column(heading, justify="right")
    for label in report.labels[:_CLASSES]:
        counts = (f"{counts[label]:,}" for counts in report.counts.values())
        table.add_row(Text(label), *counts, f"{report.class_weights.get(label, 0):.2f}")
    if len(report.labels) > _CLASSES:
        table.add_row(f"and {len(report.labels) - _CLASSES} more")
    table.add_row(
        "all", *(f"{sum(counts.values()):,}" for counts in report.counts.values()), "", style="bold"
    )
    return table


def _print_targets(summary: TargetSummary, task: str, console: Console) -> None:
    columns, rows = target_rows(TASKS[task].noun, summary)
    table = Table(columns[0], box=None, pad_edge=False, header_style="bold")
    for heading in columns[1:]:
        table.add_column(heading, justify="right")
    for name, *cells in rows[:_CLASSES]:
        table.add_row(Text(name), *cells)
    if len(rows) > _CLASSES:
        table.add_row(f"and {len(rows) - _CLASSES} more")
    console.print(table)
    for sentence in target_sentences(task, summary):
        console.print(Text(sentence), soft_wrap=True)


def _print_finding(finding: Finding, console: Console) -> None:
    head = Text.assemble((finding.severity, _STYLES[finding.severity]), "  ", finding.message)
    console.print(head, soft_wrap=not console.is_terminal)
    for example in finding.examples[:_EXAMPLES]:
        console.print(Text(f"    {_line(example)}", "dim"), soft_wrap=True)
    left = finding.count - min(_EXAMPLES, len(finding.examples))
    if finding.examples and left:
        console.print(Text(f"    and {left} more", "dim"))


def _line(example: Occurrence) -> str:
    names = ", ".join(example.files[:2]) + (
        f" and {len(example.files) - 2} more" if len(example.files) > 2 else ""
    )
    return f"{names}: {example.note}" if example.note else names
