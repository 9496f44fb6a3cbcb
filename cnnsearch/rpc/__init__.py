"""Remote procedure calls: a function runs in a separate process, which takes a request and returns answers.

The package uses them for functions that load Keras or MLflow, or may crash, to keep the calling process small
and alive. `Call` starts `python -m cnnsearch.rpc MODULE:FUNCTION`, which reads one line of JSON, calls the
function, and writes a line of JSON for each answer. Requests and answers are frozen dataclasses or pydantic
models. Long-lived processes with many messages, the workers (`cnnsearch.worker`) and the mirror
(`cnnsearch.search.mirror`), are not calls.
"""

from cnnsearch.rpc.client import NO_ANSWER, Call

__all__ = ["NO_ANSWER", "Call"]
