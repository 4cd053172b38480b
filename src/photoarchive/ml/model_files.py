"""Folders of models: whether one holds a model that can be used here, and if not, why, in a sentence.

A folder is material of strangers. Nothing in it is executed or unpickled; JSON files are read for numbers with limits,
weights must be safetensors whose headers agree with their files, and links may not lead out of the folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from photoarchive.core.errors import Invalid
from photoarchive.ml.safetensors_header import HeaderError, Tensors, read_header

MODEL_TYPE = "qwen3_vl"
CONFIG, PREPROCESSOR, TOKENIZER = "config.json", "preprocessor_config.json", "tokenizer.json"
INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
MAX_JSON_BYTES = 2 << 20
MAX_TOKENIZER_BYTES = 64 << 20          # Qwen's has 11 MB
MAX_SHARDS = 256
UNSAFE_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
READ_BYTES = 4 << 20
IMAGE_TOKEN = "<|image_pad|>"  # noqa: S105 – a mark of the model's language, no secret


class Unfit(Invalid):
    """This folder is no model that can be used here; the sentence says why."""


class ModelFile(msgspec.Struct, frozen=True):
    """One file of a model, as it was when it was looked at."""

    name: str
    size: int
    mtime_ns: int


class ModelFacts(msgspec.Struct, frozen=True):
    """What a folder holds. files: all that decide about the vectors, weights included."""

    folder: Path
    hidden: int             # length of the model's own vectors
    layers: int
    parameters: int
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def short_name(self) -> str:
        """Name for keys: "qwen3-vl-2b"."""
        billions = self.parameters / 1e9
        return f"qwen3-vl-{billions:.0f}b" if billions >= 1 else f"qwen3-vl-{self.parameters / 1e6:.1f}m"


class Preprocessing(msgspec.Struct, frozen=True):
    """How pictures are cut into patches and normalised."""

    patch_size: int
    temporal_patch_size: int
    merge_size: int
    min_pixels: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def inspect_folder(folder: Path) -> ModelFacts:
    """What kind of model a folder holds. Reads headers only; a big model takes milliseconds. Raises Unfit."""
    try:
        return _inspect(folder)
    except OSError as error:
        raise Unfit(f"{folder} cannot be read: {error.strerror or error}.") from error


def _inspect(folder: Path) -> ModelFacts:
    if not folder.exists():
        raise Unfit(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise Unfit(f"{folder} is a file. Choose the folder that holds the model.")
    config, config_file = _read_json(folder, CONFIG, MAX_JSON_BYTES)
    _check_kind(folder, config)
    text, vision = _section(folder, config, "text_config"), _section(folder, config, "vision_config")
    _, preprocessor_file = _read_json(folder, PREPROCESSOR, MAX_JSON_BYTES)
    read_preprocessing(folder)
    tokenizer_file = _check_tokenizer(folder, config)
    weights, tensors = _read_weights(folder)
    _check_shapes(folder, text, vision, tensors)
    return ModelFacts(
        folder, hidden=int(text["hidden_size"]), layers=int(text["num_hidden_layers"]),
        parameters=sum(tensor.count for tensor in tensors.values()),
        files=(config_file, preprocessor_file, tokenizer_file, *weights),
    )


# ---------------------------------------------------------------------- small files

@contextmanager
def open_file(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Open a regular file of the folder for reading. Raises Unfit, FileNotFoundError or another OSError."""
    path = folder / name
    if path.is_symlink():
        _check_link(folder, path)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)      # a pipe must not hold us up
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unfit(f"{name} in {folder} is not a plain file.")
        yield file


def _check_link(folder: Path, path: Path) -> None:
    """A link may lead to a file of the folder, or into the blobs beside it, as the hub's own cache has them."""
    try:
        target, home = path.resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise Unfit(f"{path.name} in {folder} is a link that leads nowhere.") from error
    allowed = [home]
    if home.parent.name == "snapshots":
        allowed.append(home.parent.parent / "blobs")
    if target.parent not in allowed:
        raise Unfit(f"{path.name} in {folder} is a link that leads out of the folder. Choose a folder that holds the "
                    "files themselves.")


def _read_json(folder: Path, name: str, most: int) -> tuple[dict[str, Any], ModelFile]:
    try:
        with open_file(folder, name) as file:
            found = _stat_of(name, file)
            if found.size > most:
                raise Unfit(f"{name} in {folder} is too large to be what it should be ({found.size / 1e6:.0f} MB).")
            data = file.read(most + 1)
    except FileNotFoundError:
        raise Unfit(_missing(folder, name)) from None
    try:
        return msgspec.json.decode(data, type=dict[str, Any]), found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unfit(f"{name} in {folder} is damaged: {str(error)[:120]}.") from error


def _missing(folder: Path, name: str) -> str:
    if name == CONFIG:
        return f"{folder} holds no model: {CONFIG} is missing."
    return f"The model in {folder} is not complete: {name} is missing."


def _stat_of(name: str, file: BinaryIO) -> ModelFile:
    facts = os.fstat(file.fileno())
    return ModelFile(name, facts.st_size, facts.st_mtime_ns)


def _section(folder: Path, config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = config.get(name)
    if not isinstance(section, dict):
        raise Unfit(f"{CONFIG} in {folder} lacks its part {name}.")
    return section


def _check_kind(folder: Path, config: Mapping[str, Any]) -> None:
    kind = config.get("model_type")
    if kind != MODEL_TYPE:
        raise Unfit(f"{folder} holds a model of another kind ({str(kind)[:40]}). Qwen3-VL-Embedding is needed.")
    if "auto_map" in config:
        raise Unfit(f"The model in {folder} wants to run program code that came with it. photoArchive runs no code of "
                    "models.")
    if config.get("quantization_config"):
        raise Unfit(f"The weights in {folder} are already quantised. Choose the original weights; they are made "
                    "smaller here when the memory asks for it.")


def read_preprocessing(folder: Path) -> Preprocessing:
    """The numbers of preprocessor_config.json. Raises Unfit for anything that no such model has."""
    values, _ = _read_json(folder, PREPROCESSOR, MAX_JSON_BYTES)
    size = values.get("size")
    least = size.get("shortest_edge") if isinstance(size, dict) else values.get("min_pixels")
    try:
        return Preprocessing(
            patch_size=_whole(values, "patch_size", 64), temporal_patch_size=_whole(values, "temporal_patch_size", 8),
            merge_size=_whole(values, "merge_size", 8),
            min_pixels=_whole({"least pixels": least}, "least pixels", 1 << 20),
            mean=_colours(values, "image_mean", -4.0), std=_colours(values, "image_std", 1e-3),
        )
    except ValueError as error:
        raise Unfit(f"{PREPROCESSOR} in {folder} makes no sense: {error}.") from error


def _whole(values: Mapping[str, Any], name: str, most: int) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}")
    return value


def _colours(values: Mapping[str, Any], name: str, least: float) -> tuple[float, float, float]:
    found = values.get(name)
    if not isinstance(found, list) or len(found) != 3 or not all(
            isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= 4 for value in found):
        raise ValueError(f"{name} must be three numbers")
    red, green, blue = (float(value) for value in found)
    return red, green, blue


def _check_tokenizer(folder: Path, config: Mapping[str, Any]) -> ModelFile:
    tokenizer, found = _read_json(folder, TOKENIZER, MAX_TOKENIZER_BYTES)
    added = tokenizer.get("added_tokens")
    ids = {token.get("content"): token.get("id") for token in added if isinstance(token, dict)} \
        if isinstance(added, list) else {}
    if IMAGE_TOKEN not in ids or ids[IMAGE_TOKEN] != config.get("image_token_id"):
        raise Unfit(f"{TOKENIZER} in {folder} does not belong to this model: its mark for pictures is another one.")
    return found


# ---------------------------------------------------------------------- weights

def _read_weights(folder: Path) -> tuple[list[ModelFile], Tensors]:
    names = _weight_names(folder)
    files: list[ModelFile] = []
    tensors: Tensors = {}
    for name in names:
        try:
            with open_file(folder, name) as file:
                files.append(_stat_of(name, file))
                found = read_header(file, files[-1].size)
        except FileNotFoundError:
            raise Unfit(_missing(folder, name)) from None
        except HeaderError as error:
            raise Unfit(f"{name} in {folder} is damaged: {error}.") from error
        if doubled := tensors.keys() & found.keys():
            raise Unfit(f"{name} in {folder} holds {min(doubled)} a second time.")
        tensors |= found
    return files, tensors


def _weight_names(folder: Path) -> list[str]:
    """The files of weights: one, or those the index names."""
    present = sorted(entry.name for entry in os.scandir(folder))
    if INDEX in present:
        index, _ = _read_json(folder, INDEX, MAX_JSON_BYTES)
        shards = index.get("weight_map")
        names = set(shards.values()) if isinstance(shards, dict) and \
            all(isinstance(name, str) for name in shards.values()) else set()
        if not names or len(names) > MAX_SHARDS or any(not _is_plain(name) for name in names):
            raise Unfit(f"{INDEX} in {folder} does not name the files of weights.")
        return sorted(names)
    if SINGLE in present:
        return [SINGLE]
    unsafe = next((name for name in present if name.endswith(UNSAFE_WEIGHTS)), None)
    if unsafe is not None:
        raise Unfit(f"{folder} holds its weights in a format that can carry program code ({unsafe}). Only .safetensors "
                    "files are read.")
    raise Unfit(_missing(folder, SINGLE))


def _is_plain(name: str) -> bool:
    return name.endswith(".safetensors") and "/" not in name and "\\" not in name and "\0" not in name \
        and not name.startswith(".")


def _check_shapes(folder: Path, text: Mapping[str, Any], vision: Mapping[str, Any], tensors: Tensors) -> None:
    """The weights must be those config.json describes: a config of another size would be filled with noise."""
    def shape(name: str) -> tuple[int, ...] | None:
        tensor = tensors.get(f"model.{name}") or tensors.get(name)
        return tensor.shape if tensor else None

    layers, blocks = text.get("num_hidden_layers"), vision.get("depth")
    patch = vision.get("patch_size")
    wanted = {
        "language_model.embed_tokens.weight": (text.get("vocab_size"), text.get("hidden_size")),
        f"language_model.layers.{_before(layers)}.mlp.gate_proj.weight":
            (text.get("intermediate_size"), text.get("hidden_size")),
        "visual.patch_embed.proj.weight":
            (vision.get("hidden_size"), 3, vision.get("temporal_patch_size"), patch, patch),
        f"visual.blocks.{_before(blocks)}.norm1.weight": (vision.get("hidden_size"),),
    }
    for name, right in wanted.items():
        if shape(name) != right:
            raise Unfit(f"The weights in {folder} do not fit {CONFIG}: {name} has the shape {shape(name)}, "
                        f"not {right}.")
    beyond = f"language_model.layers.{layers}.mlp.gate_proj.weight", f"visual.blocks.{blocks}.norm1.weight"
    if any(shape(name) for name in beyond):
        raise Unfit(f"The weights in {folder} do not fit {CONFIG}: they have more layers than it says.")


def _before(count: Any) -> Any:
    return count - 1 if isinstance(count, int) else None


# ---------------------------------------------------------------------- checksums

def sha256_of(folder: Path, name: str, told: Callable[[int], None], cancelled: Callable[[], bool]) -> str | None:
    """SHA-256 of a file as hexadecimal; None when cancelled. told: called with the bytes read since the last call."""
    digest = hashlib.sha256()
    with open_file(folder, name) as file:
        while block := file.read(READ_BYTES):
            if cancelled():
                return None
            digest.update(block)
            told(len(block))
    return digest.hexdigest()


def version_of(checksums: Mapping[str, str], processing: str) -> str:
    """Sixteen hexadecimal digits that change with any file of the model or with how it is used."""
    lines = [f"{name} {checksum}" for name, checksum in sorted(checksums.items())]
    return hashlib.sha256("\n".join([*lines, processing]).encode()).hexdigest()[:16]
