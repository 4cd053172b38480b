"""Features of photos: numbers such that photos that look alike have alike features, made from their embeddings.

Taste is taken as a Gaussian process over embeddings with the kernel  k(x, y) = a·cos + b·exp((cos − 1)/l):  a part that
runs straight through the space of looks and a part that only near look-alikes share. It is brought to at most a few
hundred numbers a photo by Nyström's method (Williams & Seeger 2001):  φ(x) = k(x, Z)·k(Z, Z)^(−½)  with landmarks Z.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

LANDMARKS = 256
ROUNDS = 6                  # of k-means: landmarks need not be optimal
JITTER = 1e-5


class Kernel(msgspec.Struct, frozen=True):
    """How alike photos' utilities are: variances of the straight and the local part, and the local part's reach."""

    linear: float = 0.35
    local: float = 0.30
    length: float = 0.15

    @property
    def variance(self) -> float:
        """k(x, x)."""
        return self.linear + self.local

    def between(self, a: Array, b: Array) -> Array:
        """(n, D), (m, D) unit vectors → (n, m)."""
        cosine = a @ b.T
        return np.asarray(self.linear * cosine + self.local * np.exp((cosine - 1) / self.length))


class FeatureMap(msgspec.Struct, frozen=True):
    """Landmarks (M, D) and what brings their kernel to features, (M, P). A photo without a vector has zeros."""

    kernel: Kernel
    landmarks: Array
    projection: Array

    @property
    def size(self) -> int:
        """Numbers a photo; 0 when there are no vectors at all."""
        return int(self.projection.shape[1])

    def of(self, vectors: Array) -> npt.NDArray[np.float16]:
        """Features (n, P) of vectors (n, D), of unit length or zero."""
        features = self.kernel.between(vectors.astype(np.float32), self.landmarks) @ self.projection
        features[np.einsum("ij,ij->i", vectors, vectors) < 0.25] = 0.0
        return features.astype(np.float16)


def no_features(kernel: Kernel) -> FeatureMap:
    """The map of a library without vectors."""
    return FeatureMap(kernel, np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))


def make_map(vectors: Array, kernel: Kernel, seed: int, most: int = LANDMARKS) -> FeatureMap:
    """A map fitted to a sample of the library's unit vectors (n, D)."""
    if len(vectors) < 2:
        return no_features(kernel)
    return _through(spread_landmarks(vectors.astype(np.float32), min(most, len(vectors) // 2), seed), kernel)


def _through(landmarks: Array, kernel: Kernel) -> FeatureMap:
    among = kernel.between(landmarks, landmarks).astype(np.float64)
    values, axes = np.linalg.eigh(among + JITTER * np.eye(len(landmarks)))
    projection = axes / np.sqrt(np.maximum(values, JITTER / 10))
    return FeatureMap(kernel, landmarks, projection.astype(np.float32))


def spread_landmarks(vectors: Array, count: int, seed: int) -> Array:
    """Centres (count, D) of spherical k-means (Dhillon & Modha 2001) from a random start."""
    chance = np.random.default_rng(seed)
    centres = vectors[chance.choice(len(vectors), count, replace=False)].copy()
    for _ in range(ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(length > 1e-6, sums / np.maximum(length, 1e-6), centres)
    return centres
