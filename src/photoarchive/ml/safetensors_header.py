"""The header of a safetensors file, read without its library and checked against the file's length.

Format: eight bytes, the header's length (little endian); the header, JSON; the data. Each tensor names its type, shape
and place; together they must cover the data exactly, which leaves no room for anything else.
"""

from __future__ import annotations

import math
from typing import Any, BinaryIO

import msgspec

MAX_HEADER_BYTES = 100_000_000      # as the format's own reader has it
MAX_TENSORS = 100_000
TYPE_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8,
             "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8}


class HeaderError(Exception):
    """What is wrong with the file, as the end of a sentence."""


class Tensor(msgspec.Struct, frozen=True):
    """One tensor of a file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int      # in the data
    end: int

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


Tensors = dict[str, Tensor]


def read_header(file: BinaryIO, size: int) -> Tensors:
    """The tensors of a file of `size` bytes, by name. Raises HeaderError."""
    first = file.read(8)
    length = int.from_bytes(first, "little")
    if len(first) < 8 or length > min(MAX_HEADER_BYTES, size - 8):
        raise HeaderError("it is cut off or no safetensors file")
    try:
        header = msgspec.json.decode(file.read(length), type=dict[str, dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HeaderError("its header cannot be read") from error
    header.pop("__metadata__", None)
    if not header or len(header) > MAX_TENSORS:
        raise HeaderError("it holds no weights" if not header else "it holds too many tensors")
    tensors = {name: _tensor(name, entry) for name, entry in header.items()}
    _check_cover(tensors, size - 8 - length)
    return tensors


def _tensor(name: str, entry: dict[str, Any]) -> Tensor:
    dtype, shape, place = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    numbers = [*shape, *place] if isinstance(shape, list) and isinstance(place, list) and len(place) == 2 else [None]
    if dtype not in TYPE_BITS or not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0
                                         for one in numbers):
        raise HeaderError(f"the entry of {name[:80]} makes no sense")
    tensor = Tensor(str(dtype), tuple(shape or ()), *(place or (0, 0)))
    if (tensor.end - tensor.begin) * 8 != tensor.count * TYPE_BITS[tensor.dtype]:
        raise HeaderError(f"the size of {name[:80]} does not fit its shape")
    return tensor


def _check_cover(tensors: Tensors, data: int) -> None:
    """One tensor after the other, without a gap, to the end of the file."""
    at = 0
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.begin, tensor.end)):
        if tensor.begin != at:
            raise HeaderError("its tensors overlap or leave gaps")
        at = tensor.end
    if at > data:
        raise HeaderError(f"it is cut off: {at - data:,} bytes are missing".replace(",", " "))
    if at < data:
        raise HeaderError(f"it has {data - at:,} bytes that belong to no tensor".replace(",", " "))
