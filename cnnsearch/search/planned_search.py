"""Settings, space and data of a planned search -> its budget, from costs of candidates of the space."""

import time
from collections.abc import Sequence
from pathlib import Path

from cnnsearch.data import DataArgument, DatasetSummary
from cnnsearch.errors import InfeasibleArchitectureError, SearchError, SettingsError
from cnnsearch.search.accelerators import with_accelerator
from cnnsearch.search.budget import Budget
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.finish_plan import seconds_to_keep
from cnnsearch.search.proposals import points_in
from cnnsearch.search.rates import Rates
from cnnsearch.search.spaces import choose
from cnnsearch.search.study_data import load_study_data
from cnnsearch.search.target import Target
from cnnsearch.search.training_costs import Sample, sample_of
from cnnsearch.space import Space
from cnnsearch.space.candidate import Baseline
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import Records
from cnnsearch.study.settings import Settings
from cnnsearch.study.warm_start import WarmStart

SAMPLES, MOST_DRAWN = 40, 400
"""Candidates that represent a space in the prediction of costs, and the most draws to obtain them."""


def plan_search(settings: Settings, runs: Path, data: DataArgument) -> Plan:
    """Return the plan of a search; nothing is trained and no study is created.

    Args:
        settings: The settings of the search.
        runs: The folder of all studies, which also stores decoded images.
        data: The dataset, or the argument that names it.

    Raises:
        InputError: An input is invalid.
        SettingsError: The settings do not lead to a planned search.
    """
    if not settings.is_planned:
        raise SettingsError(
            "--plan: this search has no plan, because its trials are trained by epochs; use --timeout, "
            "without --epochs, --folds, --hypermodel, --sampler grid and pruners other than asha"
        )
    begun = time.monotonic()
    settings = with_accelerator(settings)
    space = choose(settings).space
    summary = load_study_data(settings, data, runs).summary
    space.check_dimensions(summary.input_shape)
    space.check_task(summary.task)
    return make_budget(settings, space, summary, time.monotonic() - begun).plan


def make_budget(
    settings: Settings,
    space: Space,
    summary: DatasetSummary,
    spent: float = 0.0,
    records: Records | None = None,
    file: Path | None = None,
    warm_start: WarmStart | None = None,
) -> Budget:
    """Return the budget of a search with a time limit, with its plan.

    Args:
        settings: The settings of the search.
        space: The space of the candidates.
        summary: The summary of the dataset.
        spent: Seconds of the limit that have been used.
        records: The trials so far.
        file: The file of the plan, for a resume.
        warm_start: The recommended points, which represent the space with its baselines and random ones.
    """
    records = Records(Path()) if records is None else records
    known = [*points_in(space, warm_start).values(), *space.baselines.values()]
    samples = draw_samples(space, settings, Target.of(summary), records, known)
    budget = Budget(settings, file, summary, records, samples, Rates(settings.backend, settings.precision))
    assert settings.timeout is not None
    kept = seconds_to_keep(records, settings, summary.num_examples("validation"))
    budget.make(settings.timeout - kept - spent)
    return budget


def draw_samples(
    space: Space, settings: Settings, target: Target, records: Records, known: Sequence[Baseline]
) -> list[Sample]:
    """Draw candidates that represent a search: known points and random ones, without infeasible ones.

    Raises:
        SearchError: No candidate can be built and keeps the limits.
    """
    feasibility, samples, reason = Feasibility(space, settings, records), [], ""
    drawn = [(None, number) for number in range(MOST_DRAWN)]
    for point, seed in [*((point, 0) for point in known), *drawn]:
        candidate = target.random_candidate(space, seed, point)
        try:
            feasibility.check(candidate, in_time=False)
        except InfeasibleArchitectureError as error:
            reason = str(error)
            continue
        samples.append(sample_of(candidate))
        if len(samples) == SAMPLES:
            break
    if not samples:
        raise SearchError(f"no network of {space.name} can be trained on these data; last reason: {reason}")
    return samples
