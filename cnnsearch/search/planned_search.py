"""Settings, space and data of a planned search -> its budget, with costs sampled from the space."""

import time
from pathlib import Path

from cnnsearch.data import Dataset, DatasetSummary
from cnnsearch.errors import InfeasibleArchitectureError, SearchError, SettingsError
from cnnsearch.search.budget import Budget
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.finish_plan import seconds_to_keep
from cnnsearch.search.planning import Plan
from cnnsearch.search.proposals import Target
from cnnsearch.search.rates import Rates
from cnnsearch.search.spaces import choose
from cnnsearch.search.study_data import load_study_data
from cnnsearch.search.training_costs import Sample, sample_of
from cnnsearch.space import Space
from cnnsearch.study.records import Records
from cnnsearch.study.settings import Settings

SAMPLES, MOST_DRAWN = 40, 400
"""Candidates that stand for a space where costs are predicted, and how many are drawn for them at most."""


def plan_search(settings: Settings, runs: Path, data: str | Path | Dataset) -> Plan:
    """Says what a search would do with its time; nothing is trained and no study is made.

    Args:
        settings: What would be searched, and how.
        runs: The folder of all studies, which keeps decoded pictures.
        data: The dataset, or the argument that names it.

    Raises:
        InputError: Something does not fit.
        SettingsError: The settings leave nothing to plan.
    """
    if not settings.is_planned:
        raise SettingsError(
            "--plan: found nothing to plan; expected --timeout, without --epochs, --folds, --hypermodel, "
            "--sampler grid or another pruner than asha, with which trials are trained by epochs"
        )
    begun = time.monotonic()
    space = choose(settings).space
    summary = load_study_data(settings, data, runs).summary
    space.check_dimensions(summary.input_shape)
    return make_budget(settings, space, summary, time.monotonic() - begun).plan


def make_budget(
    settings: Settings,
    space: Space,
    summary: DatasetSummary,
    spent: float = 0.0,
    records: Records | None = None,
    file: Path | None = None,
) -> Budget:
    """The budget of a search with a time limit, and its plan.

    Args:
        settings: Of the search.
        space: Where candidates come from.
        summary: The dataset's.
        spent: Seconds of the limit that have gone.
        records: The trials so far.
        file: Keeps the plan, for a resume.
    """
    known = Records(Path()) if records is None else records
    samples = draw_samples(space, settings, Target.of(summary), known)
    budget = Budget(settings, file, summary, known, samples, Rates(settings.backend, settings.precision))
    assert settings.timeout is not None
    kept = seconds_to_keep(known, settings, summary.num_examples("validation"))
    budget.make(settings.timeout - kept - spent)
    return budget


def draw_samples(space: Space, settings: Settings, target: Target, records: Records) -> list[Sample]:
    """Candidates that stand for a space: its baselines and random ones, of those that may be trained.

    Raises:
        SearchError: None of them can be built or keeps the limits.
    """
    feasibility, samples, reason = Feasibility(space, settings, records), [], ""
    for baseline, seed in [*((name, 0) for name in space.baselines), *((None, n) for n in range(MOST_DRAWN))]:
        candidate = target.random_candidate(space, seed, baseline)
        try:
            feasibility.check(candidate, in_time=False)
        except InfeasibleArchitectureError as error:
            reason = str(error)
            continue
        samples.append(sample_of(candidate))
        if len(samples) == SAMPLES:
            break
    if not samples:
        raise SearchError(f"no network of {space.name} can be trained on these data; the last one: {reason}")
    return samples
