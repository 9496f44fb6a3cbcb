"""Planned searches over an executor that trains nothing."""

from cnnsearch.data.store import read_summary
from tests.search.toys import FEASIBLE, driver_of, toy_study


def planned_study(folder, space=FEASIBLE, timeout=600.0, **settings):
    """A planned search that ends with its twelfth trial, independently of the speed of the test."""
    chosen = {"epochs": None, "trials": 12, "pruner": "asha", "timeout": timeout, **settings}
    return toy_study(folder, space, **chosen)


def searched(study, executor, told=None):
    driver_of(study, executor, told).run()
    return study.records()


def study_summary(study):
    return read_summary(study.data_folder)


def by_number(trial, epoch):
    return 0.5 + trial / 100
