"""The exceptions that cnnsearch raises on purpose; everything else is a bug.

* CnnsearchError
  * InputError            the user can mend it; the command line exits with 2
    * SpaceError          a search space does not say what the dialect allows
    * DataError           a dataset cannot be read, checked or split
    * SettingsError       a setting of the search is out of its range or unknown
    * StudyError          a study exists already, is missing, in use, or does not fit its data
    * MissingDependencyError   an optional package is not installed
  * InfeasibleArchitectureError   the network cannot be built or breaks a constraint
  * SearchError           the search itself could not go on; the command line exits with 1
    * ProcessError        a process that does a part of the work died
"""


class CnnsearchError(Exception):
    """Base of every error raised on purpose."""


class InputError(CnnsearchError, ValueError):
    """What was given is wrong, and the message says where and what was expected."""


class SpaceError(InputError):
    """A search space, or a baseline of it, is not valid; the message lists all of its faults."""


class DataError(InputError):
    """A dataset cannot be read, checked or split."""


class SettingsError(InputError):
    """A setting of the search is unknown or out of its range."""


class StudyError(InputError):
    """A study exists already, is missing, is in use, or does not fit its data."""


class MissingDependencyError(InputError):
    """A package that this setting needs is not installed; the message names the extra that brings it."""


class InfeasibleArchitectureError(CnnsearchError):
    """The architecture cannot be built on this input, or it breaks a constraint.

    Args:
        reason: What is wrong, naming the layer or the count and its limit.
        limit: What is to blame, in few enough words to be counted.
        violation: By how much, above 0: the logarithm of the factor, or 1 where there is no factor.
    """

    def __init__(self, reason: str, *, limit: str, violation: float = 1.0) -> None:
        super().__init__(reason)
        self.limit = limit
        self.violation = violation


class SearchError(CnnsearchError):
    """The search could not go on, though its input was right."""


class ProcessError(SearchError):
    """A process that does a part of the work died.

    Args:
        function: What ran in it, as `MODULE:FUNCTION`.
        ending: How it ended, such as `signal SIGKILL`.
        words: The last line that it printed.
    """

    def __init__(self, function: str, ending: str, words: str) -> None:
        super().__init__(f"the process of {function} died ({ending}): {words}")
        self.ending, self.words = ending, words
