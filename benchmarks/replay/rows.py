"""The rules that are compared, by the names that the tables give them."""

from cnnsearch.search.pruners import make_pruner
from cnnsearch.search.pruners.asha import Asha
from cnnsearch.search.pruners.hyperband import Hyperband
from cnnsearch.search.pruners.median import Median
from cnnsearch.search.pruners.none import NoPruning
from replay.rules import LatestAsha, Leader, OutOfReach, Pasha, Share
from replay.simulate import Batches, Rule, Strategy
from replay.table import Origin

FIRST_RUNGS, REDUCTIONS = (1, 2, 3, 5, 7), (2, 3, 4)


def rows(origin: Origin) -> dict[str, Strategy]:
    """Every rule, for trials of a table's epochs."""
    epochs = origin.epochs
    found: dict[str, Strategy] = {"none": Rule(NoPruning())}
    for name in ("asha", "hyperband", "median"):
        found[f"{name}, as shipped"] = Rule(make_pruner(name, epochs, origin.examples))
    for first in FIRST_RUNGS:
        for reduction in REDUCTIONS:
            found[f"asha {first} x{reduction}"] = Rule(Asha(first, epochs, reduction))
    for first in (1, 2, 3, 5):
        found[f"hyperband {first} x3"] = Rule(Hyperband(first, epochs))
    for warmup in (2, 3, 5, 7):
        found[f"median {warmup}"] = Rule(Median(warmup, epochs))
    for patience in (3, 5):
        found[f"patience {patience}"] = Rule(NoPruning(), patience=patience)
    for first in (2, 3, 5):
        found |= variants(first, epochs)
    for size, keep, before in ((9, 3, 1), (27, 3, 1), (27, 9, 1), (9, 3, 2), (9, 3, 5), (27, 3, 5)):
        few = f"{before} epoch{'s' * (before > 1)}"
        found[f"{few} of {size}, best {keep} in full"] = Batches(size, keep, before)
    return found


def variants(first: int, epochs: int) -> dict[str, Strategy]:
    """What can be changed in ASHA, and what could be there in its place."""
    asha = Asha(first, epochs)
    return {
        f"asha {first} x3, patience 3": Rule(asha, patience=3),
        f"asha {first} x3, patience 5": Rule(asha, patience=5),
        f"asha {first} x3, by loss": Rule(asha, "loss"),
        f"asha {first} x3, by the last epoch": Rule(LatestAsha(first, epochs)),
        f"pasha {first} x3": Rule(Pasha(first, epochs)),
        f"share {first} 1/2": Rule(Share(first, epochs, 2)),
        f"share {first} 1/3": Rule(Share(first, epochs, 3)),
        f"leader {first}": Rule(Leader(first, epochs)),
        f"out of reach {first}": Rule(OutOfReach(first, epochs)),
    }
