"""What every face model offers, whatever it is made of: faces in a picture, each with a descriptor.

Descriptors of two models never meet; `key` is the name they are kept under, and the thresholds belong to it.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]             # (height, width, 3) RGB, upright
Vector = npt.NDArray[np.float32]            # (dimension,), unit length
Points = npt.NDArray[np.float64]            # (5, 2) pixels: right eye, left eye, nose, right and left mouth corner
Box = tuple[float, float, float, float]     # x, y of the upper left corner, width, height; fractions of the picture


class Thresholds(msgspec.Struct, frozen=True):
    """Cosines that mean something for one model."""

    link: float             # two groups of faces are one person from here on
    suggest: float          # below link: worth a question from here on


class FoundFace(msgspec.Struct, frozen=True):
    """One face of a picture. vector: its descriptor. quality: 0–1. good: it may found a group of its own."""

    box: Box
    score: float            # how sure the detector is, 0–1
    quality: float
    good: bool
    vector: Vector


class FaceModel(Protocol):
    """One model, ready to be used. Thread-safe."""

    @property
    def name(self) -> str:
        """For people: "YuNet + SFace"."""
        ...

    @property
    def key(self) -> str:
        """Name and hash of the weights: another key means other descriptors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a descriptor."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """The cosines of this model."""
        ...

    def find(self, picture: Picture) -> list[FoundFace]:
        """All faces of a picture, surest first."""
        ...

    def describe(self, picture: Picture, box: Box) -> FoundFace | None:
        """The face in a box that a person drew or a file named; None where the model sees none there."""
        ...
