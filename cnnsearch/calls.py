"""Work that needs Keras, in a process of its own: a request as JSON in, answers as JSON lines out.

`ask` is the side of the command line, which stays light; `answer` that of the process. What libraries print
there goes to standard error, which is a log.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from cnnsearch.errors import CnnsearchError, InputError, SearchError
from cnnsearch.processes import claim_stdout, ending, last_words, module_command

Answers = Iterator[dict[str, Any]]
_INPUT, _FAILURE = "input", "failure"


def ask(module: str, request: str, log: IO[bytes], environment: Mapping[str, str]) -> Answers:
    """Runs a module on a request, and gives its answers as they come.

    Args:
        module: Its `__main__` calls `answer`.
        request: JSON.
        log: Takes what the process prints beside its answers; open for reading too.
        environment: The process's.

    Raises:
        InputError: The process found the input wrong.
        SearchError: It could not do its work, or died.
    """
    start = log.tell()
    process = subprocess.Popen(
        module_command(module), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        try:
            process.stdin.write(request.encode())
            process.stdin.close()
            yield from map(_checked, process.stdout)
        except BaseException:  # an answer that is an error, Ctrl-C, or nobody wants the rest
            process.kill()
            raise
    if process.returncode:
        log.seek(start)
        words = last_words(log.read().decode(errors="replace"))
        raise SearchError(f"the process that does the work died ({ending(process.returncode)}): {words}")


def _checked(line: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(line)
    if _INPUT in answer:
        raise InputError(answer[_INPUT])
    if _FAILURE in answer:
        raise SearchError(answer[_FAILURE])
    return answer


def answer(work: Callable[[bytes], Answers]) -> None:
    """Does the work that standard input asks for; our own errors are answers too."""
    output = claim_stdout()

    def say(message: Mapping[str, Any]) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    try:
        for message in work(sys.stdin.buffer.read()):
            say(message)
    except CnnsearchError as error:
        say({_INPUT if isinstance(error, InputError) else _FAILURE: str(error)})
