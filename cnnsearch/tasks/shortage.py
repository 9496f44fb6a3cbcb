"""The names with too few examples, as error messages list them."""

from collections.abc import Mapping

_NAMED = 10  # the largest number of names in a message


def shortage(counts: Mapping[str, int], needed: int) -> str:
    """Return the names with fewer than `needed` examples, with their numbers; empty if there are none."""
    small = [f"{name!r} has {count}" for name, count in counts.items() if count < needed]
    more = [f"and {len(small) - _NAMED} more"] if len(small) > _NAMED else []
    return ", ".join([*small[:_NAMED], *more])
