"""How much a face can be trusted: size, sharpness, pose and exposure as one number. Pure arithmetic.

Each part is 0 to 1 and the weakest counts most: a large, well lit face that is out of focus is no good face.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.ml.face_model import Picture, Points

GOOD_SCORE = 0.9            # of the detector: below, one animal in eight is a "face"
GOOD_QUALITY = 0.30
SMALLEST, LARGE = 16.0, 72.0        # pixels of the shorter side: nothing to see; all there is to see
BLURRED, SHARP = 0.010, 0.045       # mean edge strength of the aligned face, relative to its contrast
DARKEST, BRIGHTEST = 25.0, 235.0    # mean grey of a face that shows something
FLAT = 12.0                         # standard deviation of grey in fog or darkness


def quality(aligned: Picture, points: Points, short_side: float) -> float:
    """0 to 1. aligned: the face upright in a small square; points: in the picture; short_side: of its box, pixels."""
    grey = aligned.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    parts = (_between(short_side, SMALLEST, LARGE), _sharpness(grey), _pose(points), _exposure(grey))
    return float(min(parts) * 0.6 + 0.4 * np.prod(parts) ** 0.25)


def is_good(score: float, value: float) -> bool:
    """Whether a face may found a group."""
    return score >= GOOD_SCORE and value >= GOOD_QUALITY


def _between(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _sharpness(grey: npt.NDArray[Any]) -> float:
    """Second differences against contrast: blurred faces have none, however bright."""
    inner = grey[16:-16, 16:-16]
    edges = np.abs(4 * inner[1:-1, 1:-1] - inner[:-2, 1:-1] - inner[2:, 1:-1] - inner[1:-1, :-2] - inner[1:-1, 2:])
    return _between(float(edges.mean()) / (4 * float(inner.std()) + 8.0), BLURRED, SHARP)


def _pose(points: Points) -> float:
    """1 seen from the front, 0 in profile: how far the nose lies from the middle of eyes and mouth."""
    right_eye, left_eye, nose, right_mouth, left_mouth = points
    across = left_eye - right_eye
    width = float(np.hypot(*across))
    if width < 1.0:
        return 0.0
    axis = across / width
    middle = (right_eye + left_eye + right_mouth + left_mouth) / 4
    turned = abs(float((nose - middle) @ axis)) / width
    upright = np.array([-axis[1], axis[0]])
    height = float(((right_mouth + left_mouth) / 2 - (right_eye + left_eye) / 2) @ upright)
    tilted = abs(float((nose - (right_eye + left_eye) / 2) @ upright) / height - 0.55) if height > 1.0 else 1.0
    return _between(-max(turned, 0.6 * tilted), -0.5, -0.12)


def _exposure(grey: npt.NDArray[Any]) -> float:
    mean, spread = float(grey.mean()), float(grey.std())
    light = min(_between(mean, DARKEST, DARKEST + 35), _between(-mean, -BRIGHTEST, -BRIGHTEST + 25))
    return min(light, _between(spread, FLAT, 2 * FLAT))
