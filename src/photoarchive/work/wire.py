"""What a worker may send back. Owns the reading of its answers; trusts nothing in them.

A worker parses hostile files. If one of them takes it over, its answers must not take over the server, so an answer
may name only our own value types and plain data: never a function, never a class of another package.
"""

from __future__ import annotations

import enum
import io
import pickle
from typing import Any

PLAIN_TYPES = frozenset({
    ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "bytearray"), ("builtins", "complex"),
    ("builtins", "slice"), ("builtins", "range"), ("collections", "OrderedDict"), ("collections", "deque"),
    ("datetime", "datetime"), ("datetime", "date"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID"),
})
ARRAY_PARTS = frozenset({
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"),
})
MAX_ANSWER_BYTES = 1 << 30      # a full-resolution JPEG of a 500-megapixel picture stays well below


class _Reader(pickle.Unpickler):
    """Unpickles plain data, numpy arrays and the classes of this package."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN_TYPES or (module, name) in ARRAY_PARTS:
            return super().find_class(module, name)
        if module.partition(".")[0] == "photoarchive":
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"a worker may not answer with {module}.{name}")


def read_answer(data: bytes) -> Any:
    """The value in a worker's answer. Raises pickle.UnpicklingError if it holds anything but plain data."""
    return _Reader(io.BytesIO(data)).load()


class _Writer(pickle.Pickler):
    """Names an enumeration's member by its class and value, as Python does since 3.11.4; before, it wrote a getattr."""

    def reducer_override(self, obj: Any) -> Any:
        return (type(obj), (obj.value,)) if isinstance(obj, enum.Enum) else NotImplemented


def write_answer(value: Any) -> bytes:
    """Pack an answer in the worker."""
    packed = io.BytesIO()
    _Writer(packed, protocol=5).dump(value)
    return packed.getvalue()
