"""What this machine computes models on, and in which precision a model fits there. Imports no heavy library.

The server asks the driver's own small library (NVML), so that no page has to load torch; the model process asks torch.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import psutil

GIGABYTE = 1e9
HEADROOM_BYTES = 1.0 * GIGABYTE     # pictures, activations and the driver's own share, beside the weights
OVERHEAD = 1.1                      # weights as they lie in memory against their plain size
BFLOAT16_CAPABILITY = 8             # NVIDIA's Ampere; older cards compute float16 only
SMALL_PARAMETERS = 100e6            # so small a model is computed exactly: it costs nothing


class Device(msgspec.Struct, frozen=True):
    """One place where models can run."""

    kind: str               # "cuda", "mps" or "cpu"
    name: str               # "NVIDIA H100", "Apple M2", "CPU, 8 cores"
    free_bytes: int
    bfloat16: bool          # computes bfloat16 at full speed


class Precision(msgspec.Struct, frozen=True):
    """How the weights lie in memory."""

    name: str               # "float32", "bfloat16", "float16", "int8" or "4-bit"
    parameter_bytes: float  # memory of one parameter

    @property
    def quantised(self) -> bool:
        """Needs the bitsandbytes library."""
        return self.name in ("int8", "4-bit")


FLOAT32, BFLOAT16, FLOAT16 = Precision("float32", 4), Precision("bfloat16", 2), Precision("float16", 2)
INT8, FOUR_BIT = Precision("int8", 1.05), Precision("4-bit", 0.65)       # embeddings and norms stay as they are
PRECISIONS = {one.name: one for one in (FLOAT32, BFLOAT16, FLOAT16, INT8, FOUR_BIT)}


def memory_needed(parameters: int, precision: Precision) -> float:
    """Bytes of device memory a model takes."""
    return parameters * precision.parameter_bytes * OVERHEAD + HEADROOM_BYTES


def choose_precision(device: Device, parameters: int, quantisation: bool) -> Precision | None:
    """The most exact precision in which a model of so many parameters fits now; None: it does not fit.

    quantisation: the library for int8 and 4-bit weights is there.
    """
    for precision in _candidates(device, parameters, quantisation):
        if memory_needed(parameters, precision) <= device.free_bytes:
            return precision
    return None


def least_memory(device: Device, parameters: int, quantisation: bool) -> float:
    """Bytes of free memory a model needs on this device in its smallest form."""
    return min(memory_needed(parameters, precision) for precision in _candidates(device, parameters, quantisation))


def _candidates(device: Device, parameters: int, quantisation: bool) -> Iterator[Precision]:
    if device.kind == "cpu" or parameters <= SMALL_PARAMETERS:
        yield FLOAT32
    if device.kind == "cuda":
        yield BFLOAT16 if device.bfloat16 else FLOAT16
        if quantisation:
            yield from (INT8, FOUR_BIT)
    elif device.kind == "mps":
        yield FLOAT16
    else:
        yield BFLOAT16          # half the memory; slower than float32 where the processor has no instructions for it


def read_device() -> Device:
    """The best device of this machine, without loading torch."""
    return _nvidia() or _apple() or _processor()


def _processor() -> Device:
    memory = psutil.virtual_memory()
    return Device("cpu", f"CPU, {psutil.cpu_count() or 1} cores", memory.available, bfloat16=True)


def _apple() -> Device | None:
    if sys.platform != "darwin" or platform.machine() != "arm64":
        return None
    memory = psutil.virtual_memory()
    return Device("mps", "Apple GPU", memory.available, bfloat16=True)


class _Memory(ctypes.Structure):
    """nvmlMemory_t."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def _nvidia() -> Device | None:
    """The NVIDIA card with most free memory, as its driver states it; None without driver or card."""
    library = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
    try:
        nvml = ctypes.CDLL(library)
    except OSError:
        return None
    if nvml.nvmlInit_v2() != 0:
        return None
    try:
        count = ctypes.c_uint()
        if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
            return None
        cards = [card for number in range(count.value) if (card := _card(nvml, number))]
    finally:
        nvml.nvmlShutdown()
    return max(cards, key=lambda card: card.free_bytes, default=None)


def _card(nvml: Any, number: int) -> Device | None:
    handle, memory, name = ctypes.c_void_p(), _Memory(), ctypes.create_string_buffer(96)
    major, minor = ctypes.c_int(), ctypes.c_int()
    if nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(number), ctypes.byref(handle)) != 0:
        return None
    if nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) != 0:
        return None
    with contextlib.suppress(AttributeError):
        nvml.nvmlDeviceGetName(handle, name, ctypes.c_uint(len(name)))
        nvml.nvmlDeviceGetCudaComputeCapability(handle, ctypes.byref(major), ctypes.byref(minor))
    shown = name.value.decode("utf-8", "replace") or "NVIDIA card"
    return Device("cuda", shown, memory.free, bfloat16=major.value >= BFLOAT16_CAPABILITY)
