"""EfficientNet-Lite0 as an ONNX graph, from the names of its PyTorch checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.rekognition.conversion.graphs import GraphBuilder

__all__ = ["build_efficientnet_lite0"]

# Tan and Le 2019, table 1, as the Lite variant keeps it: (blocks, stride of the first).
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
EPSILON = 1e-3
SIDE = 224
CLASSES = 1000


def build_efficientnet_lite0(tensors: dict[str, NDArray[Any]]) -> bytes:
    """A model with one input `pixels` (n x 3 x 224 x 224, RGB, (value - 127) / 128) and the
    outputs `probabilities` (n x 1000) and `embedding` (n x 1280).

    Raises KeyError if the checkpoint lacks a tensor.
    """
    graph = GraphBuilder()

    def convolve(value: str, conv: str, norm: str, *, stride: int = 1, relu: bool = True) -> str:
        weight = tensors[f"{conv}.weight"]
        scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + EPSILON)
        bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
        out = graph.node(
            "Conv",
            value,
            graph.constant((weight * scale[:, None, None, None]).astype(np.float32)),
            graph.constant(bias.astype(np.float32)),
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=weight.shape[0] if weight.shape[1] == 1 else 1,
        )
        return graph.node("Clip", out, zero, six) if relu else out

    zero, six = (graph.constant(np.array(edge, dtype=np.float32)) for edge in (0, 6))
    value = convolve("pixels", "_conv_stem", "_bn0", stride=2)
    block = 0
    for count, first_stride in STAGES:
        for repeat in range(count):
            at = f"_blocks.{block}"
            before = value
            if f"{at}._expand_conv.weight" in tensors:
                value = convolve(value, f"{at}._expand_conv", f"{at}._bn0")
            stride = first_stride if repeat == 0 else 1
            value = convolve(value, f"{at}._depthwise_conv", f"{at}._bn1", stride=stride)
            value = convolve(value, f"{at}._project_conv", f"{at}._bn2", relu=False)
            if repeat > 0:
                value = graph.node("Add", value, before)
            block += 1
    value = convolve(value, "_conv_head", "_bn1")
    embedding = graph.node("Flatten", graph.node("GlobalAveragePool", value))
    scores = graph.node(
        "Gemm",
        embedding,
        graph.constant(tensors["_fc.weight"]),
        graph.constant(tensors["_fc.bias"]),
        transB=1,
    )
    return graph.model(
        "efficientnet-lite0",
        {"pixels": ["n", 3, SIDE, SIDE]},
        {
            "probabilities": (graph.node("Softmax", scores, axis=1), ["n", CLASSES]),
            "embedding": (embedding, ["n", 1280]),
        },
    )
