"""The caller's side of a call: start the process, read its answers, end it."""

import math
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from cnnsearch.errors import ProcessError
from cnnsearch.processes import ending, last_words, module_command
from cnnsearch.rpc.messages import LINE, Failed

Answer = TypeVar("Answer")

NO_ANSWER: TypeAdapter[None] = TypeAdapter(None)
"""The answer of a function that returns nothing."""
GLANCE = 0.2
"""The longest time in seconds between two calls of `meanwhile`."""
_CHUNK = 2**16


def _do_nothing() -> None:
    pass


class Call(Generic[Answer]):
    """A function that runs in a separate process; iteration yields its answers as they arrive.

    The process starts at once in a new session, so that Ctrl-C in the terminal does not reach it. It is
    killed, with all processes that it started, when the context is left before its end or this process dies.

    Args:
        function: `MODULE:FUNCTION`. Its first parameter has the type of the request; it returns one answer,
            or is a generator of answers.
        request: A frozen dataclass, a pydantic model, or None.
        answers: The type of an answer.
        environment: Environment variables in addition to those of this process.
        keras: Whether to load Keras before the module, with the backend of the environment.
        log: A file to which the output of the process is appended; None: the output is used only for errors.
        timeout: The time limit of the process, in seconds.
        meanwhile: Called several times per second while waiting for answers; an exception ends the wait.
    """

    def __init__(
        self,
        function: str,
        request: object,
        answers: TypeAdapter[Answer],
        *,
        environment: Mapping[str, str],
        keras: bool = False,
        log: Path | None = None,
        timeout: float = math.inf,
        meanwhile: Callable[[], None] = _do_nothing,
    ) -> None:
        self._function, self._answers = function, answers
        self._timeout, self._meanwhile = timeout, meanwhile
        self._place = log
        self._log = log.open("a+b") if log else tempfile.TemporaryFile()  # noqa: SIM115
        self._log_start = self._log.seek(0, os.SEEK_END)
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            module_command("cnnsearch.rpc", function, *(["--keras"] if keras else [])),
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self._send(request)

    def __enter__(self) -> "Call[Answer]":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._close()

    def __iter__(self) -> Iterator[Answer]:
        """Yield the answers as they arrive.

        Raises:
            CnnsearchError: The function raised it.
            ProcessError: The process died.
            TimeoutError: It took longer than `timeout`.
        """
        for line in self._lines():
            message = LINE.validate_json(line)
            if isinstance(message, Failed):
                raise message.exception()
            yield self._answers.validate_python(message.answer)
        self._check_ending()

    def result(self) -> Answer:
        """Wait for the end, leave the context, and return the only answer; raise the errors of iteration."""
        with self:
            [answer] = self
        return answer

    def _send(self, request: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the end of the process is checked while waiting for answers
            self._process.stdin.write(TypeAdapter(type(request)).dump_json(request) + b"\n")
            self._process.stdin.flush()

    def _lines(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        output, rest = self._process.stdout.fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                self._glance()
                if selector.select(GLANCE):
                    if not (chunk := os.read(output, _CHUNK)):
                        return
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from lines

    def _check_ending(self) -> None:
        code = None
        while code is None:
            self._glance()
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(GLANCE)
        if code:
            raise ProcessError(self._function, ending(code), self._last_words())

    def _last_words(self) -> str:
        self._log.seek(self._log_start)
        words = last_words(self._log.read().decode(errors="replace"))
        return f"{words} ({self._place})" if self._place else words

    def _glance(self) -> None:
        self._meanwhile()
        if time.monotonic() - self._began > self._timeout:
            raise TimeoutError(f"{self._function} took over {self._timeout:g} s")

    def _close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()
        with suppress(BrokenPipeError):  # the buffer may contain an unread request
            self._process.stdin.close()
