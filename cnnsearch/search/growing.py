"""Trials whose candidates grow: each value is sampled when the code that builds the network requests it, and
the costs are checked after the network is built."""

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.samplers import Sampler
from cnnsearch.space import HypermodelCandidate, HypermodelSpace
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Records
from cnnsearch.training.protocol import Built, MemberResult, Suggest, Suggestion


class GrowingTrials:
    """Answers to the workers of such trials; values and costs are recorded before an answer is sent.

    Args:
        study: The study; requested parameters are added to its space.
        records: The records of the trials.
        sampler: The sampler of the values.
        feasibility: The limits of the networks.
    """

    def __init__(self, study: Study, records: Records, sampler: Sampler, feasibility: Feasibility) -> None:
        self._study, self._records, self._sampler = study, records, sampler
        self._feasibility = feasibility
        self._refused: dict[int, InfeasibleArchitectureError] = {}

    def suggest(self, question: Suggest) -> Suggestion:
        """Return a value for a parameter, or the reason for refusing the request."""
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
        """Return whether a built network keeps the limits."""
        trial = self._records[built.trial].trial
        self._records.change(trial.model_copy(update={"counts": built.counts}))
        try:
            self._feasibility.check_counts(built.counts)
        except InfeasibleArchitectureError as error:
            self._refused[built.trial] = error
        return built.trial not in self._refused

    def refusal(self, outcome: MemberResult) -> InfeasibleArchitectureError | None:
        """Return the reason why a finished trial was infeasible, or None if it was feasible."""
        if outcome.outcome == "infeasible":
            return InfeasibleArchitectureError(outcome.reason, limit="the hypermodel")
        return self._refused.pop(outcome.trial, None)
