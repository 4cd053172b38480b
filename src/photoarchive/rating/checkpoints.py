"""Beliefs and feature maps as bytes and back, exactly: a belief read back gives the same ratings to the last bit."""

from __future__ import annotations

import msgspec
import numpy as np

from photoarchive.ranking.belief import Belief, Constants
from photoarchive.ranking.features import FeatureMap


class _PackedBelief(msgspec.Struct, array_like=True):
    taken: int
    lineage: str
    size: int
    weights: bytes
    cov: bytes              # upper triangle, row by row
    ids: bytes
    residual: bytes
    variance: bytes
    choices: bytes


class _PackedMap(msgspec.Struct, array_like=True):
    size: tuple[int, int, int]      # landmarks, dimensions, features
    landmarks: bytes
    projection: bytes


def pack_belief(belief: Belief, taken: int, lineage: str) -> bytes:
    """A belief, how many choices are in it, and the name of those choices."""
    upper = belief.cov[np.triu_indices(len(belief.weights))]
    return msgspec.msgpack.encode(_PackedBelief(
        taken, lineage, len(belief.weights), belief.weights.tobytes(), upper.tobytes(), belief.ids.tobytes(),
        belief.residual.tobytes(), belief.variance.tobytes(), belief.choices.tobytes()))


def unpack_belief(data: bytes, constants: Constants) -> tuple[Belief, int, str]:
    """(belief, taken, lineage)."""
    packed = msgspec.msgpack.decode(data, type=_PackedBelief)
    cov = np.zeros((packed.size, packed.size))
    rows, columns = np.triu_indices(packed.size)
    cov[rows, columns] = np.frombuffer(packed.cov)
    cov[columns, rows] = cov[rows, columns]
    belief = Belief(
        constants, np.frombuffer(packed.weights), cov, np.frombuffer(packed.ids, np.int64),
        np.frombuffer(packed.residual), np.frombuffer(packed.variance), np.frombuffer(packed.choices, np.int32))
    return belief, packed.taken, packed.lineage


def pack_map(feature_map: FeatureMap) -> bytes:
    """The landmarks of a fit and their projection."""
    shape = (*feature_map.landmarks.shape, feature_map.size)
    return msgspec.msgpack.encode(
        _PackedMap(shape, feature_map.landmarks.astype(np.float32).tobytes(),
                   feature_map.projection.astype(np.float32).tobytes()))


def unpack_map(data: bytes, constants: Constants) -> FeatureMap:
    """The feature map of a fit."""
    packed = msgspec.msgpack.decode(data, type=_PackedMap)
    count, dimensions, features = packed.size
    return FeatureMap(constants.kernel, np.frombuffer(packed.landmarks, np.float32).reshape(count, dimensions),
                      np.frombuffer(packed.projection, np.float32).reshape(count, features))
