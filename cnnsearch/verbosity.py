"""How much is printed: the level of the package's logger, which a program that uses cnnsearch can set too.

DEBUG adds details, WARNING (the default) shows progress and warnings, ERROR leaves only results and errors.
"""

import logging

LOGGER = logging.getLogger("cnnsearch")


def is_quiet() -> bool:
    """Return whether progress is hidden."""
    return not LOGGER.isEnabledFor(logging.WARNING)


def is_verbose() -> bool:
    """Return whether details for debugging are shown."""
    return LOGGER.isEnabledFor(logging.DEBUG)
