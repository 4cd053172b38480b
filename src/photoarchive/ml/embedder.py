"""What every image-text model offers, whatever it is made of. Owns no model and no vector.

A model turns pictures and words into vectors of one space: unit length, compared by their dot product. Vectors of two
models, or of two versions of one, never meet; `model_key` is the name they are kept under.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]         # (height, width, 3) RGB, upright
Vectors = npt.NDArray[np.float32]       # (n, dimension), rows of unit length


class Calibration(msgspec.Struct, frozen=True):
    """What scores of this model mean, measured once on photos that served no other purpose."""

    unrelated_mean: float       # score of a query and a photo that have nothing to do with each other
    unrelated_sigma: float      # and its standard deviation
    similar: float              # two photos of one subject: dot product of their look vectors from here on
    stands_out: float = 3.0     # a photo fits a query from so many standard deviations above unrelated ones


class Guess(msgspec.Struct, frozen=True):
    """What a model takes for the content of a photo."""

    label: str                  # "golden retriever"
    probability: float          # 0–1, as the model states it


class Sight(msgspec.Struct, frozen=True):
    """What a model saw in some pictures.

    vectors: (n, dimension), met by those of texts. looks: (n, other dimension) for comparing photos with each other;
    None: `vectors` serve for that too. guesses: labels of each picture, best first; None: this model gives none.
    """

    vectors: Vectors
    looks: Vectors | None = None
    guesses: Sequence[Sequence[Guess]] | None = None


class Embedder(Protocol):
    """One model, ready to be used. Thread-safe: calls from several threads wait for each other."""

    @property
    def name(self) -> str:
        """Short name for people and keys: "lite", "qwen3-vl-2b"."""
        ...

    @property
    def version(self) -> str:
        """Hash of weights and processing: another version makes other vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of `vectors`."""
        ...

    @property
    def look_key(self) -> str:
        """The key of the vectors for comparing photos with each other; equal to model_key if there is one kind."""
        ...

    @property
    def side(self) -> int:
        """Pictures with a shorter side of at least so many pixels lose nothing; larger ones are made smaller."""
        ...

    @property
    def calibration(self) -> Calibration:
        """What its scores mean."""
        ...

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        """n pictures → (n, dimension) unit rows."""
        ...

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """n texts → (n, dimension) unit rows. query: they ask for photos; else they describe them."""
        ...

    def look_at(self, pictures: Sequence[Picture]) -> Sight:
        """Everything the model has to say about n pictures, for the cost of encode_images."""
        ...

    def close(self) -> None:
        """Give back memory and processes. Not to be used afterwards."""
        ...


def model_key(embedder: Embedder) -> str:
    """The name the vectors of a model are kept under: "lite:1f3a9c04"."""
    return f"{embedder.name}:{embedder.version}"


def unit_rows(rows: npt.NDArray[Any]) -> Vectors:
    """(n, d) → the same rows at unit length, float32; a row of zeros stays zero."""
    rows = np.asarray(rows, np.float32)
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return unit
