"""Reading weights: nothing in a file is run, and the converted network computes the same."""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from local.rekognition.conversion.efficientnet import build_efficientnet_lite0
from local.rekognition.conversion.graphs import GraphBuilder
from local.rekognition.conversion.tflite import convert_tflite
from local.rekognition.conversion.torch_weights import MAGIC, PROTOCOL, read_checkpoint
from local.rekognition.packages import read_pins
from local.rekognition.reading import find_regions


class _Global:
    """Pickles as a name of a module, whatever that is, called with arguments."""

    def __init__(self, name: str, *arguments: Any) -> None:
        self.name = name
        self.arguments = arguments


def _save_named(pickler: Any, value: _Global) -> None:
    module, _, name = value.name.rpartition(".")
    pickler.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
    if value.arguments:
        pickler.save(value.arguments)
        pickler.write(pickle.REDUCE)


class _Writer(pickle._Pickler):
    """Writes what torch.save() wrote before 1.6, without torch."""

    dispatch: ClassVar[dict[Any, Any]] = {**pickle._Pickler.dispatch, _Global: _save_named}

    def persistent_id(self, value: Any) -> Any:
        return value.pid if isinstance(value, _StorageOf) else None


class _StorageOf:
    def __init__(self, key: str, count: int, kind: str = "FloatStorage") -> None:
        self.pid = ("storage", _Global(f"torch.{kind}"), key, "cpu", count, None)


def checkpoint(state: Any, storages: dict[str, NDArray[np.float32]]) -> bytes:
    file = BytesIO()
    for plain in (MAGIC, PROTOCOL, {"little_endian": True}):
        pickle.dump(plain, file, protocol=2)
    _Writer(file, protocol=2).dump(state)
    pickle.dump(sorted(storages), file, protocol=2)
    for key in sorted(storages):
        file.write(struct.pack("<q", storages[key].size) + storages[key].tobytes())
    return file.getvalue()


def tensor(
    key: str, count: int, offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> Any:
    return _Global(
        "torch._utils._rebuild_tensor_v2",
        _StorageOf(key, count),
        offset,
        size,
        stride,
        False,
        OrderedDict(),
    )


def test_tensors_are_read_with_their_strides() -> None:
    values = np.arange(6, dtype=np.float32)
    state = OrderedDict(
        plain=tensor("a", 6, 0, (2, 3), (3, 1)),
        turned=tensor("a", 6, 0, (3, 2), (1, 3)),
        part=tensor("a", 6, 4, (2,), (1,)),
    )
    read = read_checkpoint(checkpoint(state, {"a": values}))
    np.testing.assert_array_equal(read["plain"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(read["turned"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(read["part"], [4, 5])


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "torch.load", "posix.system"])
def test_a_checkpoint_that_names_anything_else_is_refused(name: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    attack = checkpoint({"weight": _Global(name, f"touch {victim}")}, {})
    with pytest.raises(pickle.UnpicklingError, match=name):
        read_checkpoint(attack)
    assert not victim.exists()


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(4, (3,), (1,)), (0, (2, 3), (6, 1)), (-1, (2,), (1,)), (5, (2,), (-1,))],
)
def test_a_tensor_beyond_its_storage_is_refused(
    offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    state = OrderedDict(weight=tensor("a", 6, offset, size, stride))
    with pytest.raises(ValueError, match="within its storage"):
        read_checkpoint(checkpoint(state, {"a": np.zeros(6, dtype=np.float32)}))


def test_what_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError, match="not a checkpoint"):
        read_checkpoint(pickle.dumps(1) + pickle.dumps(2))


def test_what_is_no_tensorflow_lite_model_is_refused() -> None:
    with pytest.raises(ValueError, match="not a TensorFlow Lite model"):
        convert_tflite(b"\x00" * 64)


def test_the_classifier_needs_every_tensor() -> None:
    with pytest.raises(KeyError, match="_conv_stem"):
        build_efficientnet_lite0({})


def test_a_built_graph_computes() -> None:
    graph = GraphBuilder()
    doubled = graph.node("Mul", "x", graph.constant(np.array(2, dtype=np.float32)))
    content = graph.model("double", {"x": ["n"]}, {"y": (doubled, ["n"])})
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (result,) = session.run(["y"], {"x": np.array([1, 2], dtype=np.float32)})
    np.testing.assert_array_equal(result, [2, 4])


def test_pins_keep_their_hashes(tmp_path: Path) -> None:
    listed = tmp_path / "pins.txt"
    listed.write_text(
        "# a comment\none==1.0 \\\n    --hash=sha256:aa\n\ntwo==2.0 --hash=sha256:bb\n"
    )
    pins = {package: pin.split() for package, pin in read_pins(listed).items()}
    assert pins == {
        "one": ["one==1.0", "--hash=sha256:aa"],
        "two": ["two==2.0", "--hash=sha256:bb"],
    }


def test_regions_of_text_are_found_apart_and_grown() -> None:
    heat = np.zeros((60, 200), dtype=np.float32)
    heat[10:20, 20:80] = 0.9
    heat[10:20, 100:180] = 0.9
    heat[40:50, 20:80] = 0.4  # too faint to be text
    heat[55:57, 100:102] = 0.9  # too small
    # Both bars: 10 high, grown by area x 1.6 / perimeter.
    first, second = 600 * 1.6 / 140, 800 * 1.6 / 180
    assert sorted(find_regions(heat)) == [
        pytest.approx((20 - first, 10 - first, 80 + first, 20 + first)),
        pytest.approx((100 - second, 10 - second, 180 + second, 20 + second)),
    ]


def test_a_region_with_a_hole_and_a_hook_is_one() -> None:
    heat = np.zeros((40, 40), dtype=np.float32)
    heat[5:35, 5:10] = heat[5:35, 30:35] = heat[30:35, 5:35] = 0.9
    assert len(find_regions(heat)) == 1


def test_nothing_is_found_where_there_is_no_text() -> None:
    assert find_regions(np.zeros((10, 10), dtype=np.float32)) == []
