"""The errors of expected scores on datasets that are left out: computed for the shipped experience, and
stored with it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.prediction import ScoreModel, difference
from cnnsearch.knowledge.similarity import weights
from cnnsearch.knowledge.tables import Regrets, Table, regrets_of

FILE = "errors.json"
RECOMMENDED = 5
"""The number of recommended configurations whose scores are compared with the expected ones."""
QUANTILES = (0.1, 0.9)


@cache
def error_bounds(metric: str, dimensions: int) -> tuple[float, float] | None:
    """Return the quantiles of the differences for the shipped experience, in log-odds; None if it has no
    scores of the metric on data with as many dimensions."""
    known = json.loads((shipped_folder() / FILE).read_text(encoding="utf-8"))
    found = known.get(_kind(metric, dimensions))
    return None if found is None else tuple(found["quantiles"])


def write_error_bounds(folder: Path, tables: Sequence[Table]) -> None:
    """Compute the errors of datasets that are left out, and write their quantiles for each kind of data."""
    kinds = defaultdict(list)
    for table in tables:
        kinds[_kind(table.experience.metric, table.experience.dataset.dimensions)].append(table)
    content = {}
    for kind, alike in sorted(kinds.items()):
        if found := list(left_out_errors(alike)):
            low, high = np.quantile(found, QUANTILES)
            quantiles = [round(min(low, 0.0), 4), round(max(high, 0.0), 4)]
            content[kind] = {"quantiles": quantiles, "scores": len(found)}
    (folder / FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")


def _kind(metric: str, dimensions: int) -> str:
    return f"{metric}, {dimensions} dimensions"


def left_out_errors(tables: Sequence[Table]) -> Iterator[float]:
    """Yield the differences between the errors of the first recommended configurations and the expected ones,
    in log-odds, for each dataset without the experience of its origin."""
    longest = [table for table in tables if table.is_longest]
    for origin in sorted({table.origin for table in longest}):
        for table in (each for each in longest if each.origin == origin):
            yield from _errors(table, regrets_without(tables, table))


def regrets_without(tables: Sequence[Table], table: Table) -> Regrets:
    """Return the regrets on datasets of other origins with as many dimensions as a dataset."""
    dimensions = table.experience.dataset.dimensions
    others = [other for other in tables if other.origin != table.origin]
    return regrets_of([other for other in others if other.experience.dataset.dimensions == dimensions])


def _errors(table: Table, others: Regrets) -> Iterator[float]:
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
