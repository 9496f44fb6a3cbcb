"""Formatting of numbers and times; a no-break space joins a number and its unit."""

import re
import time
from collections.abc import Callable, Mapping

from cnnsearch import durations

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def percent(share: float, digits: int = 2) -> str:
    """Format a share, such as 99.16 %."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def short(number: float) -> str:
    """Format a large number with three digits, such as 1.23 M."""
    for size, prefix in _PREFIXES:
        if abs(number) >= size:
            return f"{number / size:.3g}\N{NO-BREAK SPACE}{prefix}"
    return f"{number:g}"


def size(count: float) -> str:
    """Format a number of bytes, such as 2.67 MB."""
    return f"{short(count)}B" if count >= 1000 else f"{count:.0f}\N{NO-BREAK SPACE}B"


def duration(seconds: float) -> str:
    """Format a duration, such as 3 min 20 s."""
    return re.sub(r"(?<=\d) ", "\N{NO-BREAK SPACE}", durations.duration(seconds))


def moment(seconds: float) -> str:
    """Format a date and time of day, given in seconds since 1970."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def value(number: object) -> str:
    """Format a sampled value."""
    if isinstance(number, bool):
        return str(number).lower()
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def shape(sizes: tuple[int, ...]) -> str:
    """Format a shape, such as 28×28×1."""
    return "×".join(str(n) for n in sizes)


def measured(unit: str, number: float | None) -> str:
    """Format the value of a metric by its unit: 99.16 %, 0.0368, 1.23 M; a dash for None."""
    return "–" if number is None else _BY_UNIT[unit](number)


_BY_UNIT: Mapping[str, Callable[[float], str]] = {
    "share": percent,
    "nats": "{:.4f}".format,
    "number": "{:.4f}".format,
    "count": short,
    "bytes": size,
    "target": "{:.4g}".format,
    "pixels": "{:.2f}".format,
}


def sentence(words: str) -> str:
    """Return words with a capital letter at the beginning; others, as in `mean IoU`, stay."""
    return words[:1].upper() + words[1:]


def plural(count: int, noun: str) -> str:
    """Format a count with its noun."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith('s') else 's'}"
