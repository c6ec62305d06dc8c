"""A cache of recent results: functions send several requests about one picture within a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from local.rekognition.pictures import Picture
from local.rekognition.sight import Face, Sight, TextLine

__all__ = ["Memory", "RememberingSight"]

Value = TypeVar("Value")
LOOKS = 64


class Memory(Generic[Value]):
    """The last `size` results, each computed once.

    Concurrent callers wait for a result in progress. A failure is raised in all of them and is not
    cached.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Future[Value]] = OrderedDict()

    def recall(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The cached result, or else that of `make`."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                mine: Future[Value] = Future()
                self._known[key] = mine
                if len(self._known) > self._size:
                    self._known.popitem(last=False)
            else:
                self._known.move_to_end(key)
        if known is not None:
            return known.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                self._known.pop(key, None)
            mine.set_exception(error)
        return mine.result()


class RememberingSight:
    """A sight that runs each model once per picture; pictures are identified by their digest."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._classes: Memory[NDArray[np.float32]] = Memory(LOOKS)
        self._faces: Memory[list[Face]] = Memory(LOOKS)

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        return self._classes.recall(picture.digest, lambda: self._sight.classes(picture))

    def faces(self, picture: Picture) -> list[Face]:
        return self._faces.recall(picture.digest, lambda: self._sight.faces(picture))

    # Not cached: only one operation uses each of these.

    def nudity(self, picture: Picture) -> float:
        return self._sight.nudity(picture)

    def text(self, picture: Picture) -> list[TextLine]:
        return self._sight.text(picture)
