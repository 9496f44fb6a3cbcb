"""The tables of a comparison, from its legs' files."""

import statistics
from collections.abc import Iterable, Sequence

from peers.leg import TOOLS, Result


def table(results: Sequence[Result], seconds: float) -> str:
    """Each tool's medians over the seeds, with the least and the greatest; and how soon it was as good as the
    best peer in the end."""
    goal = goal_of(results, seconds)
    head = (
        f"Time to the best peer's final score: until the best validation accuracy so far was {goal:.4f}, the "
        f"median over seeds ({seconds:g} s: not reached)\n\n"
        "| tool | seeds | validation | test | trials | peak MB | seconds | time to the best peer's |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    return "\n".join([head, *(row(name, found, goal, seconds) for name, found in by_tool(results).items())])


def goal_of(results: Sequence[Result], seconds: float) -> float:
    """The best peer's validation accuracy at the time limit, each peer's being the median over its seeds."""
    peers = {name: found for name, found in by_tool(results).items() if name != "cnnsearch"}
    finals = [statistics.median(r.best_at(seconds) for r in found) for found in peers.values()]
    return max(finals, default=0.0)


def by_tool(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results of each tool, in the usual order."""
    results = list(results)
    found = {name: [result for result in results if result.tool == name] for name in TOOLS}
    return {name: those for name, those in found.items() if those}


def row(name: str, results: list[Result], goal: float, seconds: float) -> str:
    """A tool's line."""
    times = [result.time_to(goal, seconds) for result in results]
    reached = [f"{time:.0f}" if time is not None else "-" for time in times]
    middle = statistics.median(seconds if time is None else time for time in times)
    cells = [
        name,
        str(len(results)),
        spread([r.outcome.validation for r in results], ".4f"),
        spread([r.outcome.test for r in results], ".4f"),
        spread([r.outcome.trials for r in results], ".0f"),
        spread([r.peak_mb for r in results], ".0f"),
        spread([r.wall for r in results], ".0f"),
        f"{middle:.0f} s ({', '.join(reached)})",
    ]
    return f"| {' | '.join(cells)} |"


def spread(values: Sequence[float], form: str) -> str:
    """The median, and the least and the greatest where there are several."""
    middle = format(statistics.median(values), form)
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):{form}} to {max(values):{form}})"


def throughput_table(results: Sequence[Result]) -> str:
    """How long each tool took for the same candidates, and how much of it was not spent in steps."""
    lines = [
        "| tool | seconds in all | in training and validation steps | not in steps | peak MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for result in results:
        total, steps = result.trials_at[-1], result.steps
        rest = f"{steps:.1f} | {total - steps:.1f}" if steps else "- | -"
        lines.append(f"| {result.tool} | {total:.1f} | {rest} | {result.peak_mb:.0f} |")
    return "\n".join(lines)
