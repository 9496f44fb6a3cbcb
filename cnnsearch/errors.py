"""The exceptions that cnnsearch raises intentionally; any other exception is a bug.

* CnnsearchError
  * InputError            invalid input of the user; the command line exits with 2
    * SpaceError          a search space or baseline is not valid
    * DataError           a dataset cannot be read, checked or split
    * SettingsError       a setting is unknown or out of range
    * StudyError          a study already exists, is missing, is in use, or does not match its data
    * KnowledgeError      a file of experiences cannot be read, or nothing is known of such data
    * MissingDependencyError   an optional package is not installed
  * InfeasibleArchitectureError   the network cannot be built or violates a constraint
  * SearchError           the search failed; the command line exits with 1
    * ProcessError        a process that does a part of the work died
"""


class CnnsearchError(Exception):
    """Base of all errors raised intentionally."""


class InputError(CnnsearchError, ValueError):
    """The input is not valid; the message says where, and what was expected."""


class SpaceError(InputError):
    """A search space or one of its baselines is not valid; the message lists all faults."""


class DataError(InputError):
    """A dataset cannot be read, checked or split."""


class SettingsError(InputError):
    """A setting is unknown or out of range."""


class StudyError(InputError):
    """A study already exists, is missing, is in use, or does not match its data."""


class KnowledgeError(InputError):
    """A file of experiences cannot be read, or nothing is known about data like these."""


class MissingDependencyError(InputError):
    """An optional package is not installed; the message names the extra that installs it."""


class InfeasibleArchitectureError(CnnsearchError):
    """The architecture cannot be built for its input, or it violates a constraint.

    Args:
        reason: The cause, with the layer, or the count and its limit.
        limit: Short name of the violated limit, by which infeasible candidates are counted.
        violation: Amount of the violation, above 0: the logarithm of the factor, or 1 if there is none.
    """

    def __init__(self, reason: str, *, limit: str, violation: float = 1.0) -> None:
        super().__init__(reason)
        self.limit = limit
        self.violation = violation


class SearchError(CnnsearchError):
    """The search failed although its input is valid."""


class ProcessError(SearchError):
    """A process that does a part of the work died.

    Args:
        function: The function that the process ran, as `MODULE:FUNCTION`.
        ending: How the process ended, such as `signal SIGKILL`.
        words: The last line of its output.
    """

    def __init__(self, function: str, ending: str, words: str) -> None:
        super().__init__(f"the process of {function} died ({ending}): {words}")
        self.ending, self.words = ending, words
