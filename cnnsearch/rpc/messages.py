"""The lines that the process of a call writes: an answer each, or the error that ended the function."""

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
"""The errors that arrive as what they are; others arrive as the nearest of these."""
_ANY: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="constants"))


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Answered(_Line):
    """One answer, in JSON."""

    answer: Any

    @classmethod
    def of(cls, answer: object) -> "Answered":
        """Return the line for a model, a dataclass or a plain value."""
        return cls(answer=_ANY.dump_python(answer, mode="json"))


class Failed(_Line):
    """The error that the function raised; no answer comes after it."""

    error: str
    message: str

    @classmethod
    def of(cls, error: CnnsearchError) -> "Failed":
        """Return the line for an error."""
        names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS]
        return cls(error=names[0] if names else SearchError.__name__, message=str(error))

    def exception(self) -> CnnsearchError:
        """Return the error, to be raised again."""
        return _ERRORS[self.error](self.message)


LINE: TypeAdapter[Answered | Failed] = TypeAdapter(Answered | Failed)
