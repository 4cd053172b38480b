"""Text as files hold it, made safe to store and show: wrong charsets mended, control characters and padding removed."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def readable(text: str) -> str:
    """Text of a tag: bytes that were not UTF-8 (kept as surrogates by the reader) are read as Windows-1252."""
    if text.isascii() and text.isprintable():
        return text
    if _SURROGATE.search(text):
        text = decode(text.encode("utf-8", "surrogateescape" if _all_escapes(text) else "replace"))
    return _CONTROL.sub("", text)


def decode(data: bytes) -> str:
    """Bytes of unknown charset: UTF-8 if they are, UTF-16 if they say so, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def decode_utf16(numbers: str) -> str:
    """The Windows XP tags: UTF-16 as a row of byte numbers, "65 0 66 0 0 0" → "AB"."""
    try:
        data = bytes(int(number) for number in numbers.split())
    except ValueError:
        return ""
    return readable(data.decode("utf-16-le", "replace").split("\0")[0])


def _all_escapes(text: str) -> bool:
    return all("\udc80" <= character <= "\udcff" for character in _SURROGATE.findall(text))
