"""A search without a driver: records of trials, and a sampler that is called as by the driver."""

from cnnsearch.study.records import EpochRecord, Result, Trial, TrialRecord, TrialState
from cnnsearch.study.settings import checked_settings

SHAPE = {"input_shape": (28, 28, 1), "num_classes": 10}


def settings(sampler, **others):
    return checked_settings({"space": "plain", "data": "digits", "workers": 1, "sampler": sampler, **others})


def proposal(sampler, space, number, baseline=None):
    return space.sample(sampler.ask(number, baseline), **SHAPE)


def begun(number, candidate):
    return TrialRecord(trial=Trial(number=number, seed=number, candidate=candidate, started=float(number)))


def ended(record, ended_at):
    """Every fourth is infeasible, every fourth pruned; the value follows from the sampled ones."""
    number = record.number
    value = (sum(map(ord, str(sorted(record.params.items())))) % 997) / 997
    curve = tuple(
        EpochRecord(epoch=epoch, time=0.0, metrics={"validation_accuracy": value * epoch / 3})
        for epoch in (1, 2)
    )
    state = {1: TrialState.INFEASIBLE, 3: TrialState.PRUNED}.get(number % 4, TrialState.COMPLETE)
    if state == TrialState.INFEASIBLE:
        result = Result(state=state, ended=ended_at, violation=0.5)
        return record.model_copy(update={"result": result})
    metrics = {"validation_accuracy": value}
    result = Result(state=state, ended=ended_at, value=value, metrics=metrics)
    return record.model_copy(update={"result": result, "curve": curve})


def searched(sampler, space, count, *, check=lambda number, candidate, records: None):
    """Search without a driver: the next trial is drawn while one is running, as the driver does."""
    records = {}
    under_way = None
    for number in range(count):
        candidate = proposal(sampler, space, number)
        check(number, candidate, records)
        records[number] = begun(number, candidate)
        if number % 4 == 1:  # infeasible: reported immediately
            records[number] = ended(records[number], number + 0.5)
            sampler.tell(records[number])
            continue
        if under_way is not None:
            records[under_way] = ended(records[under_way], number + 0.7)
            sampler.tell(records[under_way])
        under_way = number
    return records


def drawn(sampler, space, count):
    return [proposal(sampler, space, number).params for number in range(count)]
