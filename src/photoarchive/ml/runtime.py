"""ONNX models on this machine's processor: one way to open them, so that none takes all cores."""

from __future__ import annotations

from typing import Any


def open_session(model: bytes, *, keep_memory: bool = False) -> Any:
    """A model ready to run: on the processor, one thread per call. Several threads may run it at once.

    keep_memory: keep the working memory between calls, for inputs that always have one size; a tenth faster.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = keep_memory      # else the memory of the largest batch would be kept for good
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
