"""PNG files whose pixels Pillow's decompressor reads in one call, without Pillow's parser of chunks.

They are greyscale or colours of 8 bits, maybe with transparency. Pillow reads all other PNG files: those with
a palette, a transparent colour, another depth, or metadata that may rotate the image; animated, damaged ones.
"""

import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from cnnsearch.data.header import Header

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}  # Pillow's, of the colour types
_LEAST = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 0, b"bKGD": 0, b"sBIT": 0, b"tEXt": 0}
"""Chunks that have no effect on pixels, and their smallest sizes; Pillow refuses smaller ones."""
_TEXTS = frozenset(
    b"Title Author Description Copyright Software Disclaimer Warning Source Comment date:create date:modify "
    b"date:timestamp".split()
)  # Pillow reads other texts as properties of the image, among them its orientation
_MOST_TEXT = 2**16  # bytes

_read_chunk = struct.Struct(">I4s").unpack_from
_read_number = struct.Struct(">I").unpack_from
_read_header = struct.Struct(">II5B").unpack_from


@dataclass(frozen=True)
class PlainPng(Header):
    """The header of a PNG file that needs no parser of Pillow.

    Args:
        interlaced: 1 if the rows are in the order of Adam7, else 0.
        start: Position of the first chunk with pixels.
    """

    interlaced: int
    start: int


def read_plain(content: bytes) -> PlainPng | None:
    """Return the header of a plain PNG file; None for other or damaged ones, which Pillow reads.

    Args:
        content: The bytes of the file; for its header, those before the pixels are enough.
    """
    try:
        size, kind = _read_chunk(content, 8)
        if (size, kind) != (13, b"IHDR") or not _is_whole(content, 8, size):
            return None
        width, height, depth, colours, compression, filters, interlaced = _read_header(content, 16)
        if (depth, compression, filters) != (8, 0, 0) or interlaced > 1 or colours not in _MODES:
            return None
        start = _skip_plain(content, 33)
        size, kind = _read_chunk(content, start)
    except struct.error:
        return None
    if kind != b"IDAT" or not width or not height:
        return None
    return PlainPng(width, height, _MODES[colours], "PNG", interlaced, start)


def decode(content: bytes, plain: PlainPng) -> Image.Image | None:
    """Decode a plain PNG file; None if it is damaged, or has chunks that are not plain after the pixels."""
    try:
        parts, position = [], plain.start
        while (chunk := _read_chunk(content, position))[1] == b"IDAT" and _is_whole(
            content, position, chunk[0]
        ):
            parts.append(content[position + 8 : position + 8 + chunk[0]])
            position += chunk[0] + 12
        position = _skip_plain(content, position)
        if _read_chunk(content, position) != (0, b"IEND") or not _is_whole(content, position, 0):
            return None
        size, mode = (plain.width, plain.height), plain.mode
        return Image.frombytes(mode, size, b"".join(parts), "zip", mode, plain.interlaced)
    except (struct.error, ValueError):
        return None


def _skip_plain(content: bytes, position: int) -> int:
    """Return the position of the first chunk that is not known to have no effect on pixels."""
    while True:
        size, kind = _read_chunk(content, position)
        if kind not in _LEAST or size < _LEAST[kind] or not _is_whole(content, position, size):
            return position
        if kind == b"tEXt" and not _is_comment(content[position + 8 : position + 8 + size]):
            return position
        position += size + 12


def _is_comment(text: bytes) -> bool:
    return len(text) <= _MOST_TEXT and text.partition(b"\0")[0] in _TEXTS


def _is_whole(content: bytes, position: int, size: int) -> bool:
    """Return whether the checksum of a chunk is right."""
    end = position + 8 + size
    return zlib.crc32(memoryview(content)[position + 4 : end]) == int(_read_number(content, end)[0])
