"""Words of the bundled model: MiniLM sentences, and the bridge from a sentence to the classes the image network knows.

Neither network has seen the other's world. They meet twice, and a vector holds both meetings side by side:
- in the label space (1000 numbers): how much each ImageNet class is asked for, through its names and what it is a kind
  of (WordNet), against how much the image network sees of it;
- in the sentence space (384 numbers): the sentence itself, against the mean of the names of the classes seen, weighted
  by their probability (Norouzi et al., ConSE, 2014).
The first is precise for things that have a class of their own, the second for sentences that mention several.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.ml.embedder import Vectors, unit_rows

SENTENCE = 384              # length of a MiniLM vector
MAX_TOKENS = 128
BATCH = 32
SHARPNESS = 0.05            # temperature of the class scores of a query
NAMES_WEIGHT = 0.985        # terms of at least this weight are names of the class; below come the kinds it belongs to
NAMES = 3                   # so many of them stand for it in the sentence space
SHORT_WORDS = 3             # a query of so many words names a thing: the label space decides
SENTENCE_SHARE_SHORT, SENTENCE_SHARE_LONG = 0.1, 1.0
LEAST_SIGHT = 0.03          # no class is as probable in a blank or a blur; a portrait, of no class, has 0.035

_PREFIX = re.compile(r"^(?:an?\s+)?(?:photo(?:graph)?|picture|image)s?\s+of\s+", re.IGNORECASE)
_MOUNT = "a photo of a {}"

Floats = npt.NDArray[np.float32]


class Classes(msgspec.Struct, frozen=True):
    """The classes of the image network in words: terms (t, 384) and which of them belong to which class."""

    terms: Floats               # unit rows
    members: npt.NDArray[np.int64]      # of all classes in a row: row of `terms`
    weights: Floats             # of each member: 1 is the class's own name, less its wider kinds
    starts: npt.NDArray[np.int64]       # first member of each class
    labels: tuple[str, ...]     # what to call it

    @classmethod
    def read(cls, words: bytes, terms: Floats) -> Classes:
        """From lite_classes.json and the vectors of its terms."""
        table: dict[str, Any] = json.loads(words)
        listed = table["class_terms"]
        sizes = np.array([len(members) for members in listed])
        return cls(
            unit_rows(terms), np.array([term for members in listed for term, _ in members]),
            np.array([weight for members in listed for _, weight in members], np.float32),
            np.concatenate([[0], np.cumsum(sizes)[:-1]]), tuple(names[0] for names in table["labels"]))

    def scores(self, sentences: Floats) -> Floats:
        """(n, 384) → (n, classes): the best match among the terms of each class."""
        members = (sentences @ self.terms.T)[:, self.members] * self.weights
        return np.maximum.reduceat(members, self.starts, axis=1)

    def names(self) -> Floats:
        """(classes, 384): each class by its own names, less what all classes have in common; unit rows."""
        means = np.stack([self._name(at, end) for at, end in zip(
            self.starts, [*self.starts[1:], len(self.members)], strict=True)])
        return unit_rows(means)

    def _name(self, start: int, end: int) -> Floats:
        own = self.members[start:end][self.weights[start:end] >= NAMES_WEIGHT][:NAMES]
        chosen = own if len(own) else self.members[start:start + 1]
        return np.asarray(self.terms[chosen].mean(0), np.float32)


class Sentences:
    """MiniLM (int8, ONNX): texts → vectors. Thread-safe."""

    def __init__(self, model: bytes, tokenizer: bytes) -> None:
        from tokenizers import Tokenizer

        from photoarchive.ml.runtime import open_session

        self._session = open_session(model)
        self._tokenizer = Tokenizer.from_str(tokenizer.decode())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """n texts → (n, 384) unit rows: the mean of their tokens. English; other languages work by shared words."""
        rows = [self._batch(texts[start:start + BATCH]) for start in range(0, len(texts), BATCH)]
        return unit_rows(np.concatenate(rows)) if rows else np.zeros((0, SENTENCE), np.float32)

    def _batch(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            encoded = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        ids = np.array([one.ids for one in encoded], np.int64)
        attended = np.array([one.attention_mask for one in encoded], np.int64)
        hidden = self._session.run(None, {"input_ids": ids, "attention_mask": attended,
                                          "token_type_ids": np.zeros_like(ids)})[0]
        mean: Floats = (hidden * attended[..., None]).sum(1) / np.maximum(attended.sum(1, keepdims=True), 1)
        return mean


class Bridge:
    """Turns sentences into vectors that meet those of pictures."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        names = classes.names()
        self._common = names.mean(0)
        self._names = names - self._common
        no_class = np.zeros(len(classes.labels), np.float32)
        self._nothing = np.concatenate([no_class, _unsaid(classes.terms - self._common)])

    @property
    def dimension(self) -> int:
        """Length of a joint vector."""
        return len(self._classes.labels) + SENTENCE

    def of_texts(self, texts: Sequence[str], sentences: Floats) -> Vectors:
        """Texts and their sentence vectors (n, 384) → (n, dimension) unit rows."""
        scores = self._classes.scores(sentences)
        wanted = unit_rows(np.exp((scores - scores.max(1, keepdims=True)) / SHARPNESS))
        own = unit_rows(sentences - self._common)
        shares = np.array([[_sentence_share(text)] for text in texts], np.float32).reshape(-1, 1)
        return unit_rows(np.hstack([wanted, shares * own]))

    def of_pictures(self, seen: Floats, probabilities: Floats) -> Vectors:
        """What the image network sees of each class (n, classes), two ways → (n, dimension) unit rows.

        seen: unit rows, negative for what is certainly not there. probabilities: rows that sum to 1.
        Where nothing is seen, the noise of the network would fit vague words best: such a picture fits no words.
        """
        vectors = unit_rows(np.hstack([seen, unit_rows(probabilities @ self._names)]))
        vectors[probabilities.max(1) < LEAST_SIGHT] = self._nothing
        return vectors


def _unsaid(sentences: Floats) -> Floats:
    """The direction (384,) in which sentences (n, 384) differ least: in nothing, as MiniLM normalises its output."""
    direction = np.linalg.eigh(sentences.T @ sentences)[1][:, 0]       # ascending: the least varied first
    ours: Floats = (direction * np.sign(direction[np.abs(direction).argmax()])).astype(np.float32)
    return ours


def prepared(query: str) -> str:
    """A query as MiniLM is asked: short ones as the description of a photo, as the terms of the classes are."""
    plain = " ".join(query.split())
    words = _PREFIX.sub("", plain)
    return plain if len(plain.split()) > SHORT_WORDS or words != plain else f"a photo of {plain}"


def mounted(term: str) -> str:
    """A term of a class as its vector is made."""
    return _MOUNT.format(term)


def read_numbers(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """The arrays of lite_numbers.npz."""
    with np.load(io.BytesIO(data), allow_pickle=False) as numbers:
        return {name: numbers[name] for name in numbers.files}


def _sentence_share(text: str) -> float:
    words = len(_PREFIX.sub("", " ".join(text.split())).split())
    return SENTENCE_SHARE_SHORT if words <= SHORT_WORDS else SENTENCE_SHARE_LONG
