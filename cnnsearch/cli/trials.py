"""`cnnsearch trials`: all trials of a study."""

import json

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, StudyName


def run(study: StudyName, as_json: Json = False, runs: Runs = DEFAULT_RUNS) -> None:
    """List a study's trials."""
    from rich.table import Table

    from cnnsearch.cli.options import print_table
    from cnnsearch.search.api import row
    from cnnsearch.search.live import short
    from cnnsearch.search.study import find_study

    found = find_study(study, runs)
    records = found.records()
    if as_json:
        print(json.dumps([row(record) for record in records]))
        return
    table = Table(header_style="bold")
    for column in ("trial", "state", found.settings.objective, "epochs", "seconds", "weights", "MACs"):
        table.add_column(column, justify="left" if column == "state" else "right")
    table.add_column("reason")
    for record in records:
        value = "" if record.value is None else f"{record.value:.4f}"
        seconds = f"{record.result.ended - record.trial.started:.1f}" if record.result else ""
        counts = record.trial.counts
        table.add_row(
            str(record.number),
            record.state.value,
            value,
            str(len(record.curve)),
            seconds,
            f"{counts['weights']:,}" if counts else "",
            short(counts["macs"]) if counts else "",
            record.reason,
        )
    print_table(table)
