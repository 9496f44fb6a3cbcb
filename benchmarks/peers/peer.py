"""The process of one leg of KerasTuner or Optuna: `python -m peers.peer LEG.json`."""

import sys
from pathlib import Path

from peers.leg import Leg


def main() -> None:
    """Reads the leg, searches, and writes what came of it."""
    leg = Leg.model_validate_json(Path(sys.argv[1]).read_bytes())
    from peers.scores import Splits

    if leg.tool == "optuna":
        from peers.by_optuna import search
    else:
        from peers.by_keras_tuner import search
    outcome = search(leg, Splits(leg.data, leg.num_classes))
    (leg.work / "outcome.json").write_text(outcome.model_dump_json())


if __name__ == "__main__":
    main()
