"""Run as a module by test_apart: answers as its request says."""

import os

from cnnsearch.calls import Answers, answer
from cnnsearch.errors import SearchError, StudyError


def work(request: bytes) -> Answers:
    print("what a library prints")
    yield {"asked": request.decode()}
    match request:
        case b"wrong input":
            raise StudyError("this is wrong")
        case b"failure":
            raise SearchError("this failed")
        case b"bug":
            raise KeyError("a bug")
        case b"crash":
            os._exit(9)


if __name__ == "__main__":
    answer(work)
