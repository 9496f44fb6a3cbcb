"""Font families that together draw given texts with matplotlib, whose default font lacks many scripts."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from matplotlib import font_manager
from matplotlib.font_manager import FontEntry, FontProperties

_PLACEHOLDERS = ("Last Resort", "LastResort")
"""Fonts that draw a box with the name of its block for every character."""
_REGULAR = (400, "normal", "regular")


@dataclass(frozen=True)
class Fonts:
    """What draws a figure's texts.

    Attributes:
        families: The families in the order in which a character is looked for.
        missing: The texts with a character that no installed font has.
    """

    families: tuple[str, ...]
    missing: tuple[str, ...] = ()


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Return the families that draw texts: the default, then the installed ones that are needed."""
    chosen = list(dict.fromkeys(texts))
    families, lacking = _families(frozenset("".join(chosen)) - {"\n"})
    return Fonts(families, tuple(text for text in chosen if lacking.intersection(text)))


def _families(needed: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return families that draw characters, and the characters that none of them has."""
    default = FontProperties().get_family()
    lacking, added = needed - _characters(font_manager.findfont(FontProperties())), list[str]()
    while lacking:
        gains = {family: len(lacking & characters) for family, characters in _installed().items()}
        best = max(gains, key=lambda family: (gains[family], "Sans" in family, family), default="")
        if not gains.get(best):
            break
        added.append(best)
        lacking -= _installed()[best]
    return (*default, *added), lacking


@cache
def _installed() -> dict[str, frozenset[str]]:
    """Return the characters of each installed family, those installed after matplotlib's cache included."""
    manager = font_manager.fontManager
    known = {entry.fname for entry in manager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            with suppress(Exception):  # damaged, or made of bitmaps, which matplotlib does not draw
                manager.addfont(path)
    regular = [entry for entry in manager.ttflist if _is_regular(entry)]  # others are drawn with a warning
    return {entry.name: _characters(entry.fname) for entry in sorted(regular, key=lambda entry: entry.fname)}


def _is_regular(entry: FontEntry) -> bool:
    is_upright = (entry.weight, entry.style, entry.stretch) in [
        (name, "normal", "normal") for name in _REGULAR
    ]
    return is_upright and not entry.name.startswith(_PLACEHOLDERS)


@cache
def _characters(path: str) -> frozenset[str]:
    """Return the characters of a font file; none if it cannot be read, such as a file since removed."""
    try:
        return frozenset(map(chr, font_manager.get_font(path).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
