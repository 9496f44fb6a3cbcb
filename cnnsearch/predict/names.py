"""Names of the files written for examples, each its own."""

from collections.abc import Sequence

from cnnsearch.predict.examples import Example


def file_names(examples: Sequence[Example]) -> list[str]:
    """Return a name for each example, without an ending.

    It is the name of the file, with the position in the array of a file. Where several are the same, whatever
    the case of letters, the names of folders that distinguish them are put in front; those of one folder,
    such as `1.jpg` and `1.png`, are numbered.
    """
    names = [_name(example, 0) for example in examples]
    for folders in range(1, max((len(example.path.parts) for example in examples), default=0)):
        for group in _groups(names):
            if len({examples[number].path.parent for number in group}) > 1:
                for number in group:
                    names[number] = _name(examples[number], folders)
    return _numbered(names)


def _groups(names: Sequence[str]) -> list[list[int]]:
    """Return the indices of names that are the same."""
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        groups.setdefault(name.casefold(), []).append(number)
    return list(groups.values())


def _name(example: Example, folders: int) -> str:
    """Return the name of an example, with the names of so many folders."""
    parts = [part for part in example.path.parts[:-1] if part.strip("./\\")]
    position = "" if example.position is None else f"-{example.position}"
    return "_".join([*parts[max(0, len(parts) - folders) :], f"{example.path.stem}{position}"])


def _numbered(names: Sequence[str]) -> list[str]:
    """Return names with a number after those that are the same as an earlier one."""
    given, used = {name.casefold() for name in names}, set[str]()
    found = []
    for name in names:
        free, number = name, 2
        while free.casefold() in used or (free != name and free.casefold() in given):
            free, number = f"{name}-{number}", number + 1
        used.add(free.casefold())
        found.append(free)
    return found
