import inspect
import re
from typing import get_args

from cnnsearch.cli import search
from cnnsearch.search.pruners import PRUNERS, make_fold_pruner, make_pruner
from cnnsearch.search.pruners.asha import Asha
from cnnsearch.search.pruners.hyperband import Hyperband
from cnnsearch.search.pruners.median import Median
from cnnsearch.search.pruners.none import NoPruning
from cnnsearch.search.pruners.wilcoxon import Wilcoxon
from cnnsearch.study.settings import PrunerName


def test_none_stops_nothing():
    assert NoPruning().reason_to_stop(9, [0.0] * 9, [[1.0] * 20] * 9) == ""


def test_every_pruner_goes_by_its_name():
    kinds = {name: type(make_pruner(name, 20, 50_000)) for name in ("asha", "hyperband", "median", "none")}
    assert kinds == {"asha": Asha, "hyperband": Hyperband, "median": Median, "none": NoPruning}


def test_there_is_no_pruning_by_fold_for_one_fold_or_without_pruning():
    assert make_fold_pruner("asha", 5) == Wilcoxon()
    assert make_fold_pruner("asha", 1) is None
    assert make_fold_pruner("none", 5) is None


def test_the_settings_and_the_command_line_name_the_pruners_of_the_registry():
    assert set(get_args(PrunerName)) == set(PRUNERS)
    named = inspect.get_annotations(search.run)["pruner"].__metadata__[0].help
    assert set(re.findall(r"\w+", named)) - {"or"} == set(PRUNERS)
