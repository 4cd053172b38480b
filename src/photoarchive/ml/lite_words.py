"""Words the bundled model knows as they are written: those of its classes, and whole English words of its reader."""

from __future__ import annotations

import functools
import json
import re

import msgspec

from photoarchive.ml.lite_files import CLASSES, TOKENIZER, read_shipped

LEAST_LETTERS = 3
_WORD = re.compile(r"[^\W\d_]+")


class KnownWords(msgspec.Struct, frozen=True):
    """things: words of what it can see, "elephant". english: whole words it reads, the most frequent first."""

    things: tuple[str, ...]
    english: tuple[str, ...]


@functools.cache
def known_words() -> KnownWords:
    """Lower case, each once; read at the first call (a tenth of a second)."""
    terms = json.loads(read_shipped(CLASSES))["terms"]
    things = dict.fromkeys(word.casefold() for term in terms for word in _WORD.findall(term))
    numbered = json.loads(read_shipped(TOKENIZER))["model"]["vocab"]
    english = [word for word in sorted(numbered, key=numbered.__getitem__) if _WORD.fullmatch(word)]
    return KnownWords(tuple(word for word in things if len(word) >= LEAST_LETTERS),
                      tuple(word for word in english if len(word) >= LEAST_LETTERS and word not in things))
