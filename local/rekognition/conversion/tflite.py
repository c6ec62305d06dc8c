"""A TensorFlow Lite model as an ONNX graph, for the operations that the face detector uses.

A .tflite file is a FlatBuffer; the field numbers below are those of its public schema,
`tensorflow/lite/schema/schema.fbs`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.rekognition.conversion.graphs import GraphBuilder

__all__ = ["convert_tflite"]

TENSOR_TYPES: dict[int, np.dtype[Any]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f2"),
    2: np.dtype("<i4"),
}
ADD, CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, MAX_POOL_2D = 0, 3, 4, 6, 17
RELU, RESHAPE, RESIZE_BILINEAR, PAD = 19, 22, 23, 34
PADDING = {0: "SAME_UPPER", 1: "VALID"}


class _Table:
    """One FlatBuffers table; a field that is absent has its default."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, _uint(data, 0))

    def _field(self, number: int) -> int | None:
        start = self._at - _int(self._data, self._at)
        (size,) = struct.unpack_from("<H", self._data, start)
        if 4 + 2 * number >= size:
            return None
        (offset,) = struct.unpack_from("<H", self._data, start + 4 + 2 * number)
        return self._at + offset if offset else None

    def byte(self, number: int, default: int = 0) -> int:
        at = self._field(number)
        return default if at is None else self._data[at]

    def integer(self, number: int, default: int = 0) -> int:
        at = self._field(number)
        return default if at is None else _int(self._data, at)

    def table(self, number: int) -> _Table | None:
        at = self._field(number)
        return None if at is None else _Table(self._data, at + _uint(self._data, at))

    def tables(self, number: int) -> list[_Table]:
        start, count = self._vector(number)
        places = (start + 4 * index for index in range(count))
        return [_Table(self._data, at + _uint(self._data, at)) for at in places]

    def integers(self, number: int) -> list[int]:
        start, count = self._vector(number)
        return list(struct.unpack_from(f"<{count}i", self._data, start))

    def bytes(self, number: int) -> bytes:
        start, count = self._vector(number)
        return self._data[start : start + count]

    def _vector(self, number: int) -> tuple[int, int]:
        at = self._field(number)
        if at is None:
            return 0, 0
        start = at + _uint(self._data, at)
        return start + 4, _uint(self._data, start)


def _uint(data: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<I", data, at)
    return int(value)


def _int(data: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<i", data, at)
    return int(value)


@dataclass(frozen=True)
class _Tensor:
    name: str
    shape: list[int]
    constant: NDArray[Any] | None


def convert_tflite(content: bytes) -> bytes:
    """The same network in ONNX. Inputs and outputs keep their names and their order of axes
    (rows x columns x channels).

    Raises ValueError for a file that is not TensorFlow Lite or uses another operation.
    """
    if content[4:8] != b"TFL3":
        raise ValueError("not a TensorFlow Lite model")
    model = _Table.root(content)
    # Codes from 127 on stand in the fourth field, older ones in the first.
    codes = [max(code.byte(0), code.integer(3)) for code in model.tables(1)]
    buffers = [buffer.bytes(0) for buffer in model.tables(4)]
    (subgraph,) = model.tables(2)
    tensors = [_tensor(table, buffers) for table in subgraph.tables(0)]
    return _Converter(tensors).convert(subgraph, codes)


def _tensor(table: _Table, buffers: list[bytes]) -> _Tensor:
    shape = table.integers(0)
    raw = buffers[table.integer(2)]
    constant = None
    if raw:
        kind = table.byte(1)
        if kind not in TENSOR_TYPES:
            raise ValueError(f"tensor type must be float32, float16 or int32, got {kind}")
        constant = np.frombuffer(raw, TENSOR_TYPES[kind]).reshape(shape)
    return _Tensor(table.bytes(3).decode(), shape, constant)


class _Converter:
    """TensorFlow keeps channels last, ONNX first: values are kept in ONNX's order inside."""

    def __init__(self, tensors: list[_Tensor]) -> None:
        self._tensors = tensors
        self._graph = GraphBuilder()
        self._constants = {
            index: tensor.constant
            for index, tensor in enumerate(tensors)
            if tensor.constant is not None
        }
        self._values: dict[int, str] = {}
        self._operations: dict[int, Callable[[list[int], _Table | None], str]] = {
            ADD: self._add,
            CONV_2D: self._conv,
            DEPTHWISE_CONV_2D: self._depthwise,
            MAX_POOL_2D: self._max_pool,
            RELU: lambda inputs, _: self._graph.node("Relu", self._values[inputs[0]]),
            RESHAPE: self._reshape,
            RESIZE_BILINEAR: self._resize,
            PAD: self._pad,
        }

    def convert(self, subgraph: _Table, codes: list[int]) -> bytes:
        inputs, outputs = subgraph.integers(1), subgraph.integers(2)
        for index in inputs:
            name = self._tensors[index].name
            self._values[index] = self._graph.node("Transpose", name, perm=[0, 3, 1, 2])
        for operator in subgraph.tables(3):
            code = codes[operator.integer(0)]
            given, (made,) = operator.integers(1), operator.integers(2)
            if code == DEQUANTIZE:
                self._constants[made] = self._constants[given[0]].astype(np.float32)
            elif code in self._operations:
                self._values[made] = self._operations[code](given, operator.table(4))
            else:
                raise ValueError(f"operation {code} is not among those the converter knows")
        return self._graph.model(
            "converted",
            {self._tensors[index].name: self._tensors[index].shape for index in inputs},
            {
                self._tensors[index].name: (self._values[index], self._tensors[index].shape)
                for index in outputs
            },
        )

    def _activated(self, value: str, activation: int) -> str:
        if activation == 1:
            return self._graph.node("Relu", value)
        if activation:
            raise ValueError(f"fused activation must be none or relu, got {activation}")
        return value

    def _add(self, inputs: list[int], options: _Table | None) -> str:
        left, right = (self._values[index] for index in inputs)
        return self._activated(
            self._graph.node("Add", left, right), options.byte(0) if options else 0
        )

    def _convolution(
        self,
        inputs: list[int],
        options: _Table | None,
        perm: tuple[int, ...],
        last: int,
        group: int,
    ) -> str:
        if options is None:
            raise ValueError("a convolution must have options")
        weight = self._constants[inputs[1]].transpose(perm)
        value = self._graph.node(
            "Conv",
            self._values[inputs[0]],
            self._graph.constant(weight),
            self._graph.constant(self._constants[inputs[2]]),
            auto_pad=PADDING[options.byte(0)],
            strides=[options.integer(2, 1), options.integer(1, 1)],
            group=group,
        )
        return self._activated(value, options.byte(last))

    def _conv(self, inputs: list[int], options: _Table | None) -> str:
        return self._convolution(inputs, options, (0, 3, 1, 2), 3, 1)

    def _depthwise(self, inputs: list[int], options: _Table | None) -> str:
        channels = self._constants[inputs[1]].shape[3]
        return self._convolution(inputs, options, (3, 0, 1, 2), 4, channels)

    def _max_pool(self, inputs: list[int], options: _Table | None) -> str:
        if options is None:
            raise ValueError("a pooling must have options")
        return self._graph.node(
            "MaxPool",
            self._values[inputs[0]],
            auto_pad=PADDING[options.byte(0)],
            strides=[options.integer(2), options.integer(1)],
            kernel_shape=[options.integer(4), options.integer(3)],
        )

    def _reshape(self, inputs: list[int], options: _Table | None) -> str:
        value = self._graph.node("Transpose", self._values[inputs[0]], perm=[0, 2, 3, 1])
        if options is None:
            raise ValueError("a reshape must have options")
        shape = self._graph.constant(np.array(options.integers(0), dtype=np.int64))
        return self._graph.node("Reshape", value, shape)

    def _resize(self, inputs: list[int], options: _Table | None) -> str:
        centres = options is not None and bool(options.byte(3))
        batch, _, _, channels = self._tensors[inputs[0]].shape
        rows, columns = self._constants[inputs[1]].tolist()
        sizes = np.array([batch, channels, rows, columns], dtype=np.int64)
        return self._graph.node(
            "Resize",
            self._values[inputs[0]],
            "",
            "",
            self._graph.constant(sizes),
            mode="linear",
            coordinate_transformation_mode="half_pixel" if centres else "asymmetric",
        )

    def _pad(self, inputs: list[int], _: _Table | None) -> str:
        batch, rows, columns, channels = self._constants[inputs[1]].astype(np.int64)
        pads = np.stack([batch, channels, rows, columns]).T.reshape(-1)
        return self._graph.node("Pad", self._values[inputs[0]], self._graph.constant(pads))
