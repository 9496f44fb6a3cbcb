"""The process of a call: `python -m cnnsearch.rpc MODULE:FUNCTION`, started by `cnnsearch.rpc.Call`.

Standard input carries the request; when it ends, the caller has ended, and this process ends too. Standard
output carries only the answers; output of libraries goes to standard error.

The exit status is 0 if the function returned and 1 if it raised an error; an error of the package is written
to standard output as a line.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, TypeAdapter

from cnnsearch.errors import CnnsearchError
from cnnsearch.processes import claim_stdout, end_with_input
from cnnsearch.rpc.messages import Answered, Failed
from cnnsearch.training.backend import Backend, check_installed, load_keras


def main() -> int:
    """Read the request, call the function and write its answers; return the exit status."""
    options = _parser().parse_args()
    output = claim_stdout()
    request = sys.stdin.buffer.readline()
    end_with_input()

    def write(message: BaseModel) -> None:
        output.write(message.model_dump_json() + "\n")
        output.flush()

    try:
        if options.keras:
            _load_keras()
        for answer in _answers(_find(options.function), request):
            write(Answered.of(answer))
    except CnnsearchError as error:
        write(Failed.of(error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cnnsearch.rpc", description="Run the process of a call.")
    parser.add_argument("function", help="MODULE:FUNCTION")
    parser.add_argument("--keras", action="store_true", help="load Keras before the module")
    return parser


def _load_keras() -> None:
    backend = cast(Backend, os.environ["KERAS_BACKEND"])
    check_installed(backend)
    load_keras(backend)


def _find(address: str) -> Callable[[Any], Any]:
    module, _, name = address.partition(":")
    function: Callable[[Any], Any] = getattr(import_module(module), name)
    return function


def _answers(function: Callable[[Any], Any], request: bytes) -> Iterator[Any]:
    """Call a function on a request of the type of its first parameter."""
    kind = next(iter(get_type_hints(function).values()))
    returned = function(TypeAdapter(kind).validate_json(request))
    if isinstance(returned, Iterator):
        yield from returned
    else:
        yield returned


if __name__ == "__main__":
    sys.exit(main())
