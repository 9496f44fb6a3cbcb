"""Numbers and times as people read them; a number and its unit are never parted at a line's end."""

import time

MINUTE, HOUR = 60.0, 3600.0
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def percent(share: float, digits: int = 2) -> str:
    """A share, such as 99.16 %."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def short(number: float) -> str:
    """A large number in three digits, such as 1.23 M."""
    for size, prefix in _PREFIXES:
        if abs(number) >= size:
            return f"{number / size:.3g}\N{NO-BREAK SPACE}{prefix}"
    return f"{number:g}"


def size(count: float) -> str:
    """Bytes, such as 2.67 MB."""
    return f"{short(count)}B" if count >= 1000 else f"{count:.0f}\N{NO-BREAK SPACE}B"


def duration(seconds: float) -> str:
    """How long something took, such as 3 min 20 s."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.3g}\N{NO-BREAK SPACE}µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g}\N{NO-BREAK SPACE}ms"
    if seconds < MINUTE:
        return f"{seconds:.3g}\N{NO-BREAK SPACE}s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f}\N{NO-BREAK SPACE}min {seconds % MINUTE:.0f}\N{NO-BREAK SPACE}s"
    return f"{seconds // HOUR:.0f}\N{NO-BREAK SPACE}h {seconds % HOUR // MINUTE:.0f}\N{NO-BREAK SPACE}min"


def moment(seconds: float) -> str:
    """A time of day, from seconds since 1970."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def value(number: object) -> str:
    """A sampled value."""
    if isinstance(number, bool):
        return str(number).lower()
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def shape(sizes: tuple[int, ...]) -> str:
    """A shape, such as 28×28×1."""
    return "×".join(str(n) for n in sizes)


def objective(name: str, number: float | None) -> str:
    """An objective's value: shares as percentages, losses with four digits, counts shortened."""
    if number is None:
        return "–"
    if is_share(name):
        return percent(number)
    return f"{number:.4f}" if name.endswith("loss") else short(number)


def is_share(name: str) -> bool:
    """Whether a metric is between 0 and 1 and the larger the better."""
    return name.endswith(("accuracy", "f1"))


def title(name: str) -> str:
    """An objective's name in words."""
    known = {"num_weights": "weights", "macs": "MACs", "memory": "memory (bytes)"}
    return known.get(name, name.replace("_", " "))


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"
