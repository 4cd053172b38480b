"""The files of face models: the bundled pair, checked by hash and folded once into the models folder, or a folder the
user chose, described by a manifest. Never loads code.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from pathlib import Path

import msgspec

from photoarchive.core.atomic import write_atomically
from photoarchive.core.errors import Unavailable
from photoarchive.ml.face_model import Thresholds
from photoarchive.ml.onnx_fold import fold

BUNDLED = "bundled"
MANIFEST = "manifest.json"
MOST_BYTES = 1 << 31        # of one ONNX file: protobuf reads no more
DETECTOR = ("face_detection_yunet_2023mar_int8bq.onnx",
            "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10")
DESCRIPTOR = ("face_recognition_sface_2021dec_int8bq.onnx",
              "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee")
BUNDLED_NAME, BUNDLED_KEY = "YuNet + SFace", f"{BUNDLED}:{DESCRIPTOR[1][:8]}"
BUNDLED_THRESHOLDS = Thresholds(link=0.42, suggest=0.34)     # measured: docs/performance.md, people


class Descriptor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a descriptor network wants its faces: aligned to five points in a square, (pixel − mean) · scale."""

    file: str
    side: int = 112
    colour: str = "rgb"
    mean: float = 0.0
    scale: float = 1.0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder with another face model must say. detector: a YuNet-shaped network; left out: the bundled one."""

    name: str
    descriptor: Descriptor
    thresholds: Thresholds
    detector: str | None = None


class FaceFiles(msgspec.Struct, frozen=True):
    """Where the networks of one model lie, and what goes with them."""

    name: str
    key: str
    detector: Path
    descriptor: Path
    form: Descriptor
    thresholds: Thresholds


def bundled_files(models_dir: Path) -> FaceFiles:
    """The bundled model, folded at first use. Raises Unavailable when its files are damaged or cannot be written."""
    folder = models_dir / f"faces-bundled-{DETECTOR[1][:8]}-{DESCRIPTOR[1][:8]}"
    paths = []
    for (name, digest), picture_input, any_size in ((DETECTOR, "input", True), (DESCRIPTOR, "data", False)):
        target = folder / name.replace("_int8bq", "")
        if not target.is_file():
            _fold_bundled(name, digest, target, picture_input, any_size=any_size)
        paths.append(target)
    return FaceFiles(BUNDLED_NAME, BUNDLED_KEY, paths[0], paths[1], Descriptor(paths[1].name), BUNDLED_THRESHOLDS)


def installed_files(models_dir: Path, folder: Path, wanted: str) -> FaceFiles:
    """The model in a folder the user chose (or in its sub-folder of that name). Raises Unavailable with the reason."""
    if re.fullmatch(r"[\w.-]+", wanted) and (folder / wanted / MANIFEST).is_file():
        folder = folder / wanted
    manifest = _read_manifest(folder)
    bundled = bundled_files(models_dir)
    descriptor = _file_of(folder, manifest.descriptor.file)
    detector = _file_of(folder, manifest.detector) if manifest.detector else bundled.detector
    digest = hashlib.sha256(descriptor.read_bytes() + msgspec.json.encode(manifest)).hexdigest()
    return FaceFiles(manifest.name, f"{manifest.name}:{digest[:8]}", detector, descriptor, manifest.descriptor,
                     manifest.thresholds)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise Unavailable(f"The face model folder {folder} has no {MANIFEST}, or it cannot be read. "
                          "Choose another folder, or the bundled model.") from error
    except msgspec.DecodeError as error:
        raise Unavailable(f"{path} does not describe a face model: {error}.") from error
    form, limits = manifest.descriptor, manifest.thresholds
    if not (16 <= form.side <= 1024 and form.colour in ("rgb", "bgr") and 0 < limits.suggest <= limits.link < 1):
        raise Unavailable(f"{path} does not describe a face model: side must be 16 to 1024, colour rgb or bgr, and "
                          "thresholds 0 < suggest ≤ link < 1.")
    return manifest


def _file_of(folder: Path, name: str) -> Path:
    """An ONNX file directly inside the folder; a manifest cannot point anywhere else."""
    path = folder / name
    if Path(name).name != name or path.suffix != ".onnx" or not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise Unavailable(f"The face model folder {folder} has no usable file {name}. It must be an .onnx file there.")
    return path


def _fold_bundled(name: str, digest: str, target: Path, picture_input: str, *, any_size: bool) -> None:
    data = (importlib.resources.files("photoarchive.ml") / "data" / "faces" / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise Unavailable(f"The bundled face model is damaged ({name}). Install photoArchive again.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, fold(data, picture_input, any_size=any_size))
    except OSError as error:
        raise Unavailable(f"The face model cannot be written to {target.parent} ({error.strerror}).") from error
