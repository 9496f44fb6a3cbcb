"""Remote procedure calls: a function runs in a process of its own, a request goes in, answers come out.

This is how the package runs what loads Keras or MLflow, or may crash, apart from a process that has to stay
light and alive: `Call` starts `python -m cnnsearch.rpc MODULE:FUNCTION`, which reads one line of JSON, calls
the function, and writes a line of JSON for each of its answers. Requests and answers are frozen dataclasses
or pydantic models. Long-lived processes that are sent many messages, the workers (`cnnsearch.worker`) and the
mirror (`cnnsearch.search.mirror`), are not calls.
"""

from cnnsearch.rpc.client import NO_ANSWER, Call

__all__ = ["NO_ANSWER", "Call"]
