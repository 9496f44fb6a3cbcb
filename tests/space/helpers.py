"""Small spaces from text."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from cnnsearch.architecture import Architecture
from cnnsearch.errors import SpaceError
from cnnsearch.space import Candidate, SearchSpace
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.loading import parse_space
from cnnsearch.space.dialect.reading import read_text
from cnnsearch.space.domains import Plain
from cnnsearch.space.trials import GivenTrial, RandomTrial


def space_of(text: str, path: Path = Path("space.yaml")) -> SearchSpace:
    """The space that a whole file's text describes."""
    faults = Faults()
    return parse_space(read_text(dedent(text), path, faults), path, faults)


def space_with(architecture: str = "", training: str = "", rest: str = "") -> SearchSpace:
    """A space of the text below `architecture`, and below `training`."""
    return space_of(text_of(architecture, training, rest))


def text_of(architecture: str = "", training: str = "", rest: str = "") -> str:
    """A whole file; the text below `architecture` begins on line 3."""
    body = architecture or "stages: {filters: 4, blocks: conv}"
    text = f"version: 1\narchitecture:\n{indent(dedent(body).strip(), '  ')}\n"
    if training:
        text += f"training:\n{indent(dedent(training).strip(), '  ')}\n"
    return text + dedent(rest)


def faults_of(text: str) -> list[str]:
    """The lines of the message that a file's text is refused with."""
    with pytest.raises(SpaceError) as caught:
        space_of(text)
    return str(caught.value).split("\n")


def faults_with(architecture: str = "", training: str = "", rest: str = "") -> list[str]:
    """The lines of the message that a file with these texts is refused with."""
    return faults_of(text_of(architecture, training, rest))


def sampled(space: SearchSpace, seed: int = 0, /, **values: Plain) -> Candidate:
    """A candidate with some values given (dots in names written as `__`), and the others at random."""
    given = {name.replace("__", "."): value for name, value in values.items()}
    assert given.keys() <= space.parameters.keys()
    trial = GivenTrial(space.encoded(given), RandomTrial(seed))
    return space.sample(trial, input_shape=(32, 32, 3), num_classes=10)


def network(space: SearchSpace, seed: int = 0, /, **values: Plain) -> Architecture:
    """The architecture of such a candidate."""
    return sampled(space, seed, **values).architecture


def blocks_of(architecture: Architecture) -> list:
    """All blocks of all stages, without what comes after them."""
    return [block for stage in architecture.stages for block in stage.blocks]
