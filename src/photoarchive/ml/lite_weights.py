"""Reads the weights of the bundled image network, a file of torch from before 1.6, without torch.

Such a file is a row of pickles followed by raw numbers. The unpickler knows four names and calls nothing else, and the
caller has checked the file's hash before; so neither a damaged nor an exchanged file can do anything but fail.
"""

from __future__ import annotations

import collections
import io
import pickle
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.core.errors import Unavailable

MAGIC = 0x1950A86A20F9469CFC6C      # torch.serialization.MAGIC_NUMBER
PROTOCOL = 1001                     # torch.serialization.PROTOCOL_VERSION
NUMBERS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Weights = dict[str, npt.NDArray[Any]]


class _Tensor:
    """Where a tensor's numbers lie: (storage key, first element, shape, strides in elements)."""

    def __init__(self, storage: str, start: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> None:
        self.storage, self.start, self.shape, self.strides = storage, start, shape, strides


class _Restricted(pickle.Unpickler):
    """Ordered dictionaries of tensors, nothing else."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.kinds: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        """The few names that may appear."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in NUMBERS:
            return NUMBERS[name]
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into a file of weights")

    def persistent_load(self, pid: Any) -> str:
        """A storage is named here and lies at the end of the file."""
        _, kind, key, *_ = pid
        self.kinds[key] = kind
        return str(key)


def read_weights(data: bytes) -> Weights:
    """Name → array. Raises Unavailable if the file is not what it should be."""
    file = io.BytesIO(data)
    try:
        if _Restricted(file).load() != MAGIC or _Restricted(file).load() != PROTOCOL:
            raise Unavailable("The weights of the search model are of an unknown format.")
        _Restricted(file).load()        # facts of the machine that wrote it
        state = _Restricted(file)
        tensors = state.load()
        storages = {}
        for key in _Restricted(file).load():
            (count,) = struct.unpack("<q", file.read(8))
            kind = state.kinds[key]
            storages[key] = np.frombuffer(file.read(count * kind.itemsize), kind, count)
        return {name: _array(tensor, storages[tensor.storage]) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, struct.error, KeyError, ValueError, EOFError, AttributeError) as error:
        raise Unavailable(f"The weights of the search model cannot be read: {error}.") from error


def _array(tensor: _Tensor, storage: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy of a tensor, in the usual order of its axes."""
    if not all(size > 0 and stride >= 0 for size, stride in zip(tensor.shape, tensor.strides, strict=True)):
        raise ValueError("a tensor has an impossible shape")
    last = tensor.start + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True))
    if not 0 <= tensor.start <= last < len(storage):
        raise ValueError("a tensor reaches beyond its numbers")
    strides = [stride * storage.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.start:], tensor.shape, strides).copy()
