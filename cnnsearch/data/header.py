"""What the header of an image file states, whoever reads it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """Header of an image file, read without decoding; the size is after EXIF orientation."""

    width: int
    height: int
    mode: str
    format: str
