"""Objectives in words and with units."""

from cnnsearch.page import formatting
from cnnsearch.study.objectives import OBJECTIVES


def shown(name: str, value: float | None) -> str:
    """Return the value of an objective with its unit; a dash for None."""
    return formatting.measured(OBJECTIVES[name].unit, value)


def title(name: str) -> str:
    """Return the name of an objective in words."""
    return OBJECTIVES[name].title


def is_share(name: str) -> bool:
    """Return whether an objective is a share, shown in percent."""
    return OBJECTIVES[name].unit == "share"
