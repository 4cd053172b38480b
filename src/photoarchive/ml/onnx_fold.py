"""Block-quantised ONNX files as plain float32 ones, which onnxruntime can run and which take any picture size.

A block-quantised file holds its weights as small whole numbers, one scale for so many of them, and works them out
(DequantizeLinear, Reshape) on every run. Folding does that once. Pure: bytes in, bytes out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def fold(data: bytes, picture_input: str, *, any_size: bool) -> bytes:
    """The same network with its weights worked out. picture_input: the only input that stays. any_size: its height
    and width become free. Raises ValueError when the file is not such a network.
    """
    import onnx
    from onnx import numpy_helper

    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:      # protobuf has no common error class
        raise ValueError(f"this is not an ONNX file: {error}") from error
    graph = model.graph
    known: dict[str, Array] = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    kept = []
    for node in graph.node:
        value = _worked_out(node, known)
        if value is None:
            kept.append(node)
        else:
            known[node.output[0]] = value
    used = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(np.ascontiguousarray(value), name)
                             for name, value in known.items() if name in used)
    _keep_inputs(graph, picture_input, any_size=any_size)
    return bytes(model.SerializeToString())


def _worked_out(node: Any, known: dict[str, Array]) -> Array | None:
    """The value of a node whose inputs are all weights; None for one that belongs to the network."""
    if node.op_type not in ("DequantizeLinear", "Reshape") or any(name not in known for name in node.input):
        return None
    inputs = [known[name] for name in node.input]
    if node.op_type == "Reshape":
        return inputs[0].reshape(inputs[1].tolist())
    import onnx

    settings = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    weights, scale = inputs[0], inputs[1]
    zero = inputs[2] if len(inputs) > 2 else np.zeros_like(scale, weights.dtype)
    axis, block = int(settings.get("axis", 1)), int(settings.get("block_size", 0))
    spread = [_spread(part.astype(np.float32), weights.shape, axis, block) for part in (zero, scale)]
    return np.asarray((weights.astype(np.float32) - spread[0]) * spread[1], np.float32)


def _spread(values: Array, shape: tuple[int, ...], axis: int, block: int) -> Array:
    """One value per tensor, per row of an axis, or per block along it, as it multiplies the weights."""
    if values.size == 1:
        return values.reshape(())
    if block:
        return np.take(np.repeat(values, block, axis=axis), np.arange(shape[axis]), axis=axis)
    return values.reshape([-1 if place == axis else 1 for place in range(len(shape))])


def _keep_inputs(graph: Any, picture_input: str, *, any_size: bool) -> None:
    """Leave only the picture as an input; weights listed as inputs would keep the runtime from optimising."""
    inputs = [one for one in graph.input if one.name == picture_input]
    if not inputs:
        raise ValueError(f"the network has no input called {picture_input}")
    del graph.input[:]
    graph.input.extend(inputs)
    if not any_size:
        return
    for place, name in ((2, "height"), (3, "width")):
        graph.input[0].type.tensor_type.shape.dim[place].dim_param = name
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"places_{output.name}"
