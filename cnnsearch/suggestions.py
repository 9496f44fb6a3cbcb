"""Suggestions in error messages about unknown words: the known words and the most similar one."""

import difflib
from collections.abc import Iterable


def closest_word(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """Return the most similar known word; empty if none is similar enough.

    Args:
        word: The unknown word.
        known: The known words.
        cutoff: Minimum similarity, from 0 to 1 for equal words.
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that suggests the likely spelling; empty if no known word is similar."""
    meant = closest_word(word, known)
    return f" Did you mean '{meant}'?" if meant else ""


def listed(words: Iterable[str]) -> str:
    """Return words joined by commas, for a message."""
    return ", ".join(words)
