"""Trials whose candidates grow: their values are sampled as the code that builds the network asks for them,
and their costs are checked once it is built."""

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.samplers import Sampler
from cnnsearch.space import HypermodelCandidate, HypermodelSpace
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Records
from cnnsearch.training.protocol import Built, JobResult, Suggest, Suggestion


class GrowingTrials:
    """Answers to the workers of such trials; what a worker acts upon is recorded first.

    Args:
        study: The study, whose space learns of the parameters.
        records: Where the values and costs are recorded.
        sampler: Draws the values.
        feasibility: Limits that the networks have to keep.
    """

    def __init__(self, study: Study, records: Records, sampler: Sampler, feasibility: Feasibility) -> None:
        self._study, self._records, self._sampler = study, records, sampler
        self._feasibility = feasibility
        self._refused: dict[int, InfeasibleArchitectureError] = {}

    def suggest(self, question: Suggest) -> Suggestion:
        """Return a value for a parameter, or why there is none."""
        number, name, domain = question.trial, question.name, question.domain
        space, trial = self._study.space, self._records[number].trial
        assert isinstance(space, HypermodelSpace) and isinstance(trial.candidate, HypermodelCandidate)
        if refused := space.learn(name, domain):
            return Suggestion(trial=number, refused=refused)
        value = self._sampler.suggest(number, name, domain)
        candidate = trial.candidate.with_value(name, domain, value)
        self._records.change(trial.model_copy(update={"candidate": candidate}))
        return Suggestion(trial=number, value=value)

    def allows(self, built: Built) -> bool:
        """Whether a network that was built keeps the limits."""
        trial = self._records[built.trial].trial
        self._records.change(trial.model_copy(update={"counts": built.counts}))
        try:
            self._feasibility.check_counts(built.counts)
        except InfeasibleArchitectureError as error:
            self._refused[built.trial] = error
        return built.trial not in self._refused

    def refusal(self, outcome: JobResult) -> InfeasibleArchitectureError | None:
        """Return why a trial that has ended was infeasible; None where it was not."""
        if outcome.outcome == "infeasible":
            return InfeasibleArchitectureError(outcome.reason, limit="the hypermodel")
        return self._refused.pop(outcome.trial, None)
