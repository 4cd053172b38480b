"""EfficientNet-Lite2 as an ONNX file: the layers in order, with batch normalisation folded into the convolutions.

Tan and Le, EfficientNet (2019); the Lite variants: no squeeze-and-excitation, ReLU6, stem and head of fixed width.
Input x (n, 3, 288, 288), outputs logits (n, 2, 1000) and feat (n, 2, 1280): of the whole square, and of its middle,
the part it was trained on. Both views are means over one map of features, so two cost little more than one. Weights
are kept in float16 (12 MB), computing is in float32: logits differ by 1e-3 at most.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from photoarchive.ml.lite_weights import Weights

SIDE = 288                              # pixels of the square the network sees: nine cells of the last map wide
CELLS, BORDER = 9, 1                    # cells of that map a side, and those at each edge that the middle leaves out
CLASSES, FEATURES = 1000, 1280
DEPTH = 1.2                             # Lite2: so many times the repeats of Lite0, except in the first and last stage
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))       # (repeats, stride) of Lite0
NORM_EPSILON = 1e-3
OPSET, IR_VERSION = 17, 8


def build_onnx(weights: Weights) -> bytes:
    """The network as a serialised ONNX model. Takes about a quarter of a second."""
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    x = graph.convolution("x", "_conv_stem.weight", "_bn0", stride=2)
    for block, stride in enumerate(_strides()):
        x = graph.block(x, f"_blocks.{block}.", stride)
    x = graph.convolution(x, "_conv_head.weight", "_bn1")
    graph.views(x)
    graph.node("MatMul", ["feat", graph.constant("fc.weight", weights["_fc.weight"].T)], "weighed")
    graph.node("Add", ["weighed", graph.constant("fc.bias", weights["_fc.bias"])], "logits")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "efficientnet-lite2",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2, CLASSES]),
             helper.make_tensor_value_info("feat", TensorProto.FLOAT, ["n", 2, FEATURES])], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _strides() -> list[int]:
    """The stride of each block."""
    strides: list[int] = []
    for stage, (repeats, stride) in enumerate(STAGES):
        count = repeats if stage in (0, len(STAGES) - 1) else math.ceil(repeats * DEPTH)
        strides += [stride] + [1] * (count - 1)
    return strides


class _Graph:
    """Nodes and constants as they are added, in order."""

    def __init__(self, weights: Weights) -> None:
        from onnx import numpy_helper

        self._weights = weights
        self.nodes: list[Any] = []
        self.constants = [numpy_helper.from_array(np.array(value, np.float32), name)
                          for name, value in (("zero", 0), ("six", 6))]
        self._added = 0

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add one operation; returns the name of its result."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add weights, stored in float16 and cast when the model is loaded."""
        from onnx import TensorProto, numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float16), f"{name}.half"))
        return self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def convolution(
        self, x: str, weight: str, norm: str, *, stride: int = 1, groups: int = 1, active: bool = True
    ) -> str:
        """Convolution with its batch normalisation folded in, and ReLU6 after it if it is active."""
        kernel = self._weights[weight]
        gain, shift, mean, variance = (
            self._weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
        scale = gain / np.sqrt(variance + NORM_EPSILON)
        self._added += 1
        name = f"conv{self._added}"
        self.node("Conv", [x, self.constant(f"{name}.weight", kernel * scale[:, None, None, None]),
                           self.constant(f"{name}.bias", shift - mean * scale)], name,
                  strides=[stride, stride], group=groups, auto_pad="SAME_UPPER", kernel_shape=list(kernel.shape[2:]))
        return self.node("Clip", [name, "zero", "six"], f"{name}.active") if active else name

    def views(self, x: str) -> None:
        """The last map → feat (n, 2, features): the mean of all its cells, and of those in the middle."""
        from onnx import numpy_helper

        self.constants += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in (
            ("first", [BORDER, BORDER]), ("last", [CELLS - BORDER, CELLS - BORDER]), ("edges", [2, 3]), ("flat", [3]))]
        self.node("Slice", [x, "first", "last", "edges"], "middle")
        means = [self.node("Squeeze", [self.node("GlobalAveragePool", [part], f"{part}.mean"), "flat"], f"{part}.flat")
                 for part in (x, "middle")]
        self.node("Transpose", [self.node("Concat", means, "means", axis=2)], "feat", perm=[0, 2, 1])

    def block(self, x: str, prefix: str, stride: int) -> str:
        """Inverted residual: widen, filter each channel, narrow; added to what came in where shapes allow."""
        entered, channels_in = x, self._weights[f"{prefix}_depthwise_conv.weight"].shape[0]
        norms = iter(("_bn0", "_bn1", "_bn2") if f"{prefix}_expand_conv.weight" in self._weights else ("_bn1", "_bn2"))
        if f"{prefix}_expand_conv.weight" in self._weights:
            channels_in = self._weights[f"{prefix}_expand_conv.weight"].shape[1]
            x = self.convolution(x, f"{prefix}_expand_conv.weight", prefix + next(norms))
        filters = self._weights[f"{prefix}_depthwise_conv.weight"]
        x = self.convolution(x, f"{prefix}_depthwise_conv.weight", prefix + next(norms), stride=stride,
                             groups=filters.shape[0])
        narrow = self._weights[f"{prefix}_project_conv.weight"]
        x = self.convolution(x, f"{prefix}_project_conv.weight", prefix + next(norms), active=False)
        if stride == 1 and channels_in == narrow.shape[0]:
            x = self.node("Add", [x, entered], f"{x}.added")
        return x
