"""Building an ONNX graph node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["GraphBuilder"]

OPSET = 17


class GraphBuilder:
    """Collects nodes and constants; a value is the name of the tensor that holds it."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        # A plain ascontiguousarray() would make a vector of a single number.
        self._constants.append(numpy_helper.from_array(np.copy(values, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        output = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def model(
        self,
        name: str,
        inputs: dict[str, Sequence[int | str]],
        outputs: dict[str, tuple[str, Sequence[int | str]]],
    ) -> bytes:
        """The checked model, serialised. `outputs` maps each name to its value and shape."""
        for label, (value, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [label]))
        graph = helper.make_graph(
            self._nodes,
            name,
            [
                helper.make_tensor_value_info(label, TensorProto.FLOAT, list(shape))
                for label, shape in inputs.items()
            ],
            [
                helper.make_tensor_value_info(label, TensorProto.FLOAT, list(shape))
                for label, (_, shape) in outputs.items()
            ],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
