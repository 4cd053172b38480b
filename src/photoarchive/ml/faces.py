"""YuNet finds faces, SFace (or another network of its kind) describes them; numpy and onnxruntime only.

YuNet: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector" (2023). SFace: Zhong et al. (2021), descriptors
compared by their cosine. Owns detection, alignment and description; where the files come from is `face_files`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Unavailable
from photoarchive.imaging.crops import cut, shrunk, warped
from photoarchive.ml.face_files import FaceFiles
from photoarchive.ml.face_model import Box, FoundFace, Picture, Points, Thresholds, Vector
from photoarchive.ml.face_quality import is_good, quality

if TYPE_CHECKING:
    import onnxruntime

SHOWN_SCORE = 0.7           # below, what is found is rarely a face
OVERLAP = 0.3               # boxes that overlap more are one face
STRIDES = (8, 16, 32)
MOST_FACES = 500            # in one picture
DRAWN_ROOM = 0.6            # around a drawn box, so that the detector sees a whole head
DRAWN_SCORE = 0.4           # a person says that there is a face: the detector only has to place it
# Where the five points lie in an aligned face of 112 × 112 (Deng et al., ArcFace, 2019).
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
                     [70.7299, 92.2041]])

Array = npt.NDArray[Any]


class _Place(msgspec.Struct, frozen=True):
    """One detection in pixels of the picture."""

    score: float
    x: float
    y: float
    w: float
    h: float
    points: Points


class OnnxFaces:
    """A detector and a descriptor network. Thread-safe: one picture at a time. detection_size: long side, pixels."""

    def __init__(self, files: FaceFiles, detection_size: int = 640) -> None:
        self._files, self._detection_size = files, detection_size
        self._lock = threading.Lock()
        self._detector, self._descriptor = _session(files.detector), _session(files.descriptor)
        shape = self._descriptor.get_outputs()[0].shape
        self._dimension = int(shape[-1]) if isinstance(shape[-1], int) else 0
        self._outputs = [output.name for output in self._detector.get_outputs()]
        if self._dimension < 8 or {f"kps_{stride}" for stride in STRIDES} - set(self._outputs):
            raise Unavailable(f"The face model {files.name} has another form than photoArchive can use.")

    @property
    def name(self) -> str:
        """For people."""
        return self._files.name

    @property
    def key(self) -> str:
        """What its descriptors are kept under."""
        return self._files.key

    @property
    def dimension(self) -> int:
        """Length of a descriptor."""
        return self._dimension

    @property
    def thresholds(self) -> Thresholds:
        """The cosines of this model."""
        return self._files.thresholds

    def find(self, picture: Picture) -> list[FoundFace]:
        """All faces of a picture, surest first."""
        with self._lock:
            return [self._face(picture, place) for place in self._detect(picture, SHOWN_SCORE)[:MOST_FACES]]

    def describe(self, picture: Picture, box: Box) -> FoundFace | None:
        """The face in a drawn box: the detection in and around it that fits it best."""
        part, (left, top) = cut(picture, box, DRAWN_ROOM)
        height, width = picture.shape[:2]
        with self._lock:
            found = []
            for place in self._detect(part, DRAWN_SCORE):
                points = place.points + np.array((left, top))
                moved = _Place(place.score, place.x + left, place.y + top, place.w, place.h, points)
                found.append((_overlap_of(_fractions(moved, width, height), box), moved))
            if not found or max(found, key=lambda one: one[0])[0] < 0.15:
                return None
            return self._face(picture, max(found, key=lambda one: one[0])[1])

    # ------------------------------------------------------------------ finding

    def _detect(self, picture: Picture, least_score: float) -> list[_Place]:
        small = shrunk(picture, self._detection_size)
        scale = max(small.shape[:2]) / max(picture.shape[:2])
        height, width = (-(-side // 32) * 32 for side in small.shape[:2])
        frame = np.zeros((3, height, width), np.float32)
        frame[:, :small.shape[0], :small.shape[1]] = small[:, :, ::-1].transpose(2, 0, 1)     # BGR
        answers = dict(zip(self._outputs, self._detector.run(None, {"input": frame[None]}), strict=True))
        scores, boxes, points = (np.concatenate(parts) for parts in zip(
            *(_decoded(answers, stride, width // stride, least_score) for stride in STRIDES), strict=True))
        chosen = _distinct(scores, boxes)
        places = []
        for i in chosen:
            x, y, w, h = (float(value) for value in boxes[i] / scale)
            places.append(_Place(float(scores[i]), x, y, w, h, points[i] / scale))
        return places

    # ------------------------------------------------------------------ describing

    def _face(self, picture: Picture, place: _Place) -> FoundFace:
        side = self._files.form.side
        aligned = warped(picture, _alignment(place.points, TEMPLATE * (side / 112)), side)
        value = quality(aligned, place.points, min(place.w, place.h))
        height, width = picture.shape[:2]
        return FoundFace(_fractions(place, width, height), place.score, value, is_good(place.score, value),
                         self._vector(aligned))

    def _vector(self, aligned: Picture) -> Vector:
        form = self._files.form
        pixels = aligned if form.colour == "rgb" else aligned[:, :, ::-1]
        data = ((pixels.astype(np.float32) - form.mean) * form.scale).transpose(2, 0, 1)[None]
        name = self._descriptor.get_inputs()[0].name
        vector = np.asarray(self._descriptor.run(None, {name: data})[0], np.float32).ravel()
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _session(path: Any) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:      # onnxruntime's errors have no common class of their own
        raise Unavailable(f"The face model {path.name} cannot be loaded: {str(error).splitlines()[0]}") from error


def _decoded(answers: dict[str, Array], stride: int, columns: int, least: float) -> tuple[Array, Array, Array]:
    """Scores (n,), boxes (n, 4) and points (n, 5, 2) in pixels of one grid of the detector."""
    sure = np.clip(answers[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(answers[f"obj_{stride}"][0, :, 0], 0, 1)
    scores = np.sqrt(sure)
    cells = np.flatnonzero(scores >= least)
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float64)
    raw = answers[f"bbox_{stride}"][0][cells].astype(np.float64)
    size = np.exp(np.minimum(raw[:, 2:], 20.0)) * stride
    middle = (corner + raw[:, :2]) * stride
    points = (answers[f"kps_{stride}"][0][cells].reshape(-1, 5, 2).astype(np.float64) + corner[:, None]) * stride
    return scores[cells], np.concatenate([middle - size / 2, size], axis=1), points


def _distinct(scores: Array, boxes: Array) -> list[int]:
    """Places of the detections that stay, surest first: of overlapping ones the surest."""
    left = list(np.argsort(-scores, kind="stable"))
    chosen: list[int] = []
    while left and len(chosen) < MOST_FACES:
        best, rest = left[0], np.array(left[1:], np.int64)
        chosen.append(int(best))
        left = rest[_overlaps(boxes[best], boxes[rest]) <= OVERLAP].tolist()
    return chosen


def _overlaps(one: Array, others: Array) -> Array:
    """Intersection over union of a box (4,) with others (n, 4)."""
    low = np.maximum(one[:2], others[:, :2])
    high = np.minimum(one[:2] + one[2:], others[:, :2] + others[:, 2:])
    inside = np.prod(np.clip(high - low, 0, None), axis=1)
    return np.asarray(inside / np.maximum(one[2] * one[3] + others[:, 2] * others[:, 3] - inside, 1e-9))


def _overlap_of(one: Box, other: Box) -> float:
    return float(_overlaps(np.array(one), np.array([other]))[0])


def _fractions(place: _Place, width: int, height: int) -> Box:
    """The box as fractions, cut off at the edges of the picture."""
    left, top = max(0.0, place.x / width), max(0.0, place.y / height)
    right, bottom = min(1.0, (place.x + place.w) / width), min(1.0, (place.y + place.h) / height)
    return left, top, max(right - left, 1e-4), max(bottom - top, 1e-4)


def _alignment(points: Points, template: Array) -> Array:
    """(2, 3): the similarity that takes template coordinates to the picture, by least squares (Umeyama 1991)."""
    source, target = points - points.mean(0), template - template.mean(0)
    left, strengths, right = np.linalg.svd(target.T @ source)
    turn = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    scale = float((strengths * turn).sum() / max(float((source ** 2).sum()), 1e-9))
    rotation = left @ np.diag(turn) @ right
    inverse = rotation.T / max(scale, 1e-9)
    return np.asarray(np.concatenate([inverse, (points.mean(0) - inverse @ template.mean(0))[:, None]], axis=1))
