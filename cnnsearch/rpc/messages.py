"""The lines written by the process of a call: answers, or the error that ended the function."""

from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.errors import (
    CnnsearchError,
    DataError,
    InputError,
    MissingDependencyError,
    SearchError,
    SettingsError,
    SpaceError,
    StudyError,
)

_ERRORS = {
    kind.__name__: kind
    for kind in (
        InputError,
        SpaceError,
        DataError,
        SettingsError,
        StudyError,
        MissingDependencyError,
        SearchError,
    )
}
"""Errors that keep their class; others are raised as the nearest base class among these."""
_ANY: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="constants"))


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Answered(_Line):
    """One answer as JSON."""

    answer: Any

    @classmethod
    def of(cls, answer: object) -> "Answered":
        """Return the line for a model, a dataclass or a plain value."""
        return cls(answer=_ANY.dump_python(answer, mode="json"))


class Failed(_Line):
    """The error raised by the function; it is the last line."""

    error: str
    message: str

    @classmethod
    def of(cls, error: CnnsearchError) -> "Failed":
        """Return the line for an error."""
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS]
        return cls(error=names[0] if names else SearchError.__name__, message=str(error))

    def exception(self) -> CnnsearchError:
        """Return the error, to be raised by the caller."""
        return _ERRORS[self.error](self.message)


LINE: TypeAdapter[Answered | Failed] = TypeAdapter(Answered | Failed)
