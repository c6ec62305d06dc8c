"""Tensors from a PyTorch checkpoint, without PyTorch and without executing anything in the file."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_checkpoint"]

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    """A flat run of numbers whose bytes come after the pickles."""

    def __init__(self, dtype: np.dtype[Any], count: int) -> None:
        self.dtype = dtype
        self.count = count
        self.values: NDArray[Any] | None = None


@dataclass(frozen=True)
class _Tensor:
    """A window into a storage; offset and strides count numbers, not bytes."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None:
            raise ValueError("the checkpoint names a storage that it does not hold")
        steps = zip(self.size, self.stride, strict=True)
        last = self.offset + sum((length - 1) * step for length, step in steps)
        if min(self.offset, *self.stride, 0) < 0 or last >= len(values):
            raise ValueError("a tensor must lie within its storage")
        width = values.itemsize
        return np.lib.stride_tricks.as_strided(
            values[self.offset :], self.size, [step * width for step in self.stride]
        ).copy()


def _rebuild(
    storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, size, stride)


class _Reader(pickle.Unpickler):
    """Knows the four names that a checkpoint of plain tensors needs; any other is an error."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise pickle.UnpicklingError(f"a checkpoint must not name {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"a checkpoint must refer to whole storages, got {pid}")
        return self.storages.setdefault(key, _Storage(dtype, count))


def read_checkpoint(content: bytes) -> dict[str, NDArray[Any]]:
    """The named tensors of a checkpoint in PyTorch's format from before 1.6 (a row of pickles,
    then each storage as its length and its raw little-endian numbers).

    Raises ValueError or UnpicklingError for anything else.
    """
    file = BytesIO(content)
    # Magic number, protocol, system information: plain numbers and dictionaries.
    if _Reader(file).load() != MAGIC or _Reader(file).load() != PROTOCOL:
        raise ValueError("not a checkpoint of the format from before PyTorch 1.6")
    _Reader(file).load()
    reader = _Reader(file)
    tensors = reader.load()
    for key in _Reader(file).load():
        storage = reader.storages[key]
        count = int.from_bytes(file.read(8), "little")
        if count != storage.count:
            raise ValueError(f"storage {key} must hold {storage.count} numbers, got {count}")
        raw = file.read(count * storage.dtype.itemsize)
        storage.values = np.frombuffer(raw, dtype=storage.dtype, count=count)
    return {name: tensor.array() for name, tensor in tensors.items()}
