"""Formatting of durations in messages, tables and pages."""

MINUTE, HOUR = 60.0, 3600.0


def duration(seconds: float) -> str:
    """Return a measured duration or limit as text, such as 5 ms, 2.5 s, 3 min 20 s or 1 h 30 min."""
    if 0 < seconds < 0.001:
        return f"{seconds * 1e6:.3g} µs"
    if 0 < seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < MINUTE:
        return f"{seconds:.3g} s"
    if round(seconds) < HOUR:
        return _two(round(seconds), 60, "min", "s")
    return _two(round(seconds / MINUTE), 60, "h", "min")


def rough_duration(seconds: float) -> str:
    """Return a predicted duration as text, rounded to one unit, such as 45 s, 12 min or 2.5 h."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.3g} h"


def _two(count: int, size: int, unit: str, smaller: str) -> str:
    """Return a count of small units in large units, with the remainder unless it is zero."""
    large, remainder = divmod(count, size)
    return f"{large} {unit}" + (f" {remainder} {smaller}" if remainder else "")
