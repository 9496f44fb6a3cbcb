"""Functions that the tests of rpc run in a separate process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnsearch.errors import InfeasibleArchitectureError, SearchError, StudyError


@dataclass(frozen=True)
class Question:
    text: str
    folder: Path = Path()


@dataclass(frozen=True)
class Reply:
    text: str
    number: float = 0.0


def reply(question: Question) -> Reply:
    return Reply(question.text)


def nothing(question: Question) -> None:
    print("what a library prints")


def count(question: Question) -> Iterator[Reply]:
    for number in range(int(question.text)):
        yield Reply("number", number)


def not_a_number(question: Question) -> Reply:
    return Reply("nan", float("nan"))


def environment(question: Question) -> Reply:
    return Reply(os.environ.get(question.text, ""))


def loaded(question: Question) -> Reply:
    return Reply(str(question.text in sys.modules))


def fail(question: Question) -> Iterator[Reply]:
    print("what a library prints")
    yield Reply("before")
    match question.text:
        case "wrong input":
            raise StudyError("this is wrong")
        case "failure":
            raise SearchError("this failed")
        case "infeasible":
            raise InfeasibleArchitectureError("this is too small", limit="size")
        case "bug":
            raise KeyError("a bug")
        case "crash":
            os._exit(9)


def wait(question: Question) -> Reply:
    """Answer after a minute; write the ids of this process and of one that it starts to a file."""
    started = subprocess.Popen(["sleep", "60"])
    (question.folder / "unfinished").write_text(f"{os.getpid()} {started.pid}")
    (question.folder / "unfinished").rename(question.folder / "pids")
    time.sleep(60)
    return Reply("late")
