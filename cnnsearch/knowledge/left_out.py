"""The errors of expected scores on datasets that are left out: computed for the shipped experience, and
stored with it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from cnnsearch.knowledge.experience import Experience
from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.prediction import ScoreModel, difference
from cnnsearch.knowledge.similarity import weights
from cnnsearch.knowledge.tables import Regrets, Table, regrets_of, tables_of

FILE = "errors.json"
RECOMMENDED = 5
"""The number of recommended configurations whose scores are compared with the expected ones."""
QUANTILES = (0.1, 0.9)
Without = Callable[[Sequence[Experience], str], Sequence[Experience]]


def other_origins(experiences: Sequence[Experience], origin: str) -> list[Experience]:
    """Return the experiences of all origins but one."""
    return [experience for experience in experiences if experience.origin != origin]


@cache
def error_bounds(metric: str, dimensions: int) -> tuple[float, float] | None:
    """Return the quantiles of the differences for the shipped experience, in log-odds; None if it has no
    scores of the metric on data with as many dimensions."""
    known = json.loads((shipped_folder() / FILE).read_text(encoding="utf-8"))
    found = known.get(_kind(metric, dimensions))
    return None if found is None else tuple(found["quantiles"])


def write_error_bounds(
    folder: Path, experiences: Sequence[Experience], without: Without = other_origins
) -> None:
    """Compute the errors on datasets that are left out, and write their quantiles for each kind of data."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for table, others in left_out(experiences, without):
        dimensions = table.experience.dataset.dimensions
        found[_kind(table.experience.metric, dimensions)] += left_out_errors(table, others)
    content = {}
    for kind, errors in sorted(found.items()):
        if errors:
            low, high = np.quantile(errors, QUANTILES)
            quantiles = [round(min(low, 0.0), 4), round(max(high, 0.0), 4)]
            content[kind] = {"quantiles": quantiles, "scores": len(errors)}
    (folder / FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")


def _kind(metric: str, dimensions: int) -> str:
    return f"{metric}, {dimensions} dimensions"


def left_out(
    experiences: Sequence[Experience], without: Without = other_origins
) -> Iterator[tuple[Table, Regrets]]:
    """Yield each dataset, and the regrets on those with as many dimensions, without what its origin has told.

    Args:
        experiences: The experiences of all origins.
        without: Returns the experiences as they would be without an origin.
    """
    for origin in sorted({experience.origin for experience in experiences}):
        others = tables_of(without(experiences, origin))
        tables = tables_of(experience for experience in experiences if experience.origin == origin)
        for dimensions in sorted({table.experience.dataset.dimensions for table in tables}):
            regrets = regrets_of(_of_dimensions(others, dimensions))
            for table in _of_dimensions(tables, dimensions):
                if table.is_longest:
                    yield table, regrets


def _of_dimensions(tables: Sequence[Table], dimensions: int) -> list[Table]:
    return [table for table in tables if table.experience.dataset.dimensions == dimensions]


def left_out_errors(table: Table, others: Regrets) -> Iterator[float]:
    """Yield the differences between the errors of the configurations that others recommend first for a
    dataset and the expected ones, in log-odds."""
    dataset, model = table.experience.dataset, ScoreModel(others.tables, table.experience.metric, (0.0, 0.0))
    identities = [spellings[0].identity for spellings in others.configurations]
    trained = [column for column, identity in enumerate(identities) if identity in table.scores]
    if not trained or model.error(dataset, 0.0) is None:
        return
    shares = weights(dataset, others.tables)
    for place in portfolio(others.filled[:, trained], shares, RECOMMENDED):
        column = trained[place]
        predicted = model.error(dataset, float(shares @ others.filled[:, column]))
        assert predicted is not None
        yield difference(1.0 - max(table.scores[identities[column]], 0.0), predicted)
