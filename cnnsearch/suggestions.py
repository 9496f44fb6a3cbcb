"""What an error message offers for a word that is not known: the known words, and the nearest of them."""

import difflib
from collections.abc import Iterable


def closest_word(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """Return the known word that was likely meant; empty where none is near.

    Args:
        word: What was written.
        known: The words to choose from.
        cutoff: The least similarity, from 0 to 1 for equal words.
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that offers the likely spelling, empty where none is near."""
    meant = closest_word(word, known)
    return f" Did you mean '{meant}'?" if meant else ""


def listed(words: Iterable[str]) -> str:
    """Return words for a message: `a, b, c`."""
    return ", ".join(words)
