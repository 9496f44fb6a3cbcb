"""Durations in their natural unit, as every message, table and page shows them."""

MINUTE, HOUR = 60.0, 3600.0


def duration(seconds: float) -> str:
    """Return a measured duration or a limit in words, such as 5 ms, 2.5 s, 3 min 20 s or 1 h 30 min."""
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
    """Return a predicted duration, rounded to one unit, such as 45 s, 12 min or 2.5 h."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.3g} h"


def _two(count: int, size: int, unit: str, smaller: str) -> str:
    """Return a count of small units as large ones and, unless it is zero, the rest."""
    whole, rest = divmod(count, size)
    return f"{whole} {unit}" + (f" {rest} {smaller}" if rest else "")
