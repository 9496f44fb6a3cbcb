"""Text for terminals of any encoding: what one cannot show is printed escaped. Files are always in UTF-8."""

import codecs
import os
import sys

_ESCAPED = "ascii-escaped"
"""ASCII by another name: Click writes UTF-8 to a stream whose encoding is called ASCII."""


def use_utf8() -> None:
    """Start this process again in Python's UTF-8 mode if the locale has another encoding for names of files.

    Otherwise folders named in other scripts could not be read or created. The terminal keeps its encoding.
    """
    if sys.getfilesystemencoding() == "utf-8":
        return
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": sys.stdout.encoding}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def escape_unprintable() -> None:
    """Let the standard streams print characters that their encoding lacks as backslash escapes."""
    codecs.register(_find)
    for stream in (sys.stdout, sys.stderr):
        if not hasattr(stream, "reconfigure"):  # replaced by a caller
            continue
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        stream.reconfigure(encoding=_ESCAPED if is_ascii else stream.encoding, errors="backslashreplace")


def _find(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != _ESCAPED:
        return None
    ascii_codec = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_codec.encode,
        ascii_codec.decode,
        incrementalencoder=ascii_codec.incrementalencoder,
        incrementaldecoder=ascii_codec.incrementaldecoder,
        name=_ESCAPED,
    )
