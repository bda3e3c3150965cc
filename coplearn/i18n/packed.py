"""Texts kept as one run of bytes: processes that were forked go on sharing it, whatever they read of it.

Every text of its own is an object with a count of references, and who reads it writes there: a page of memory with forty texts
is then copied for one. Seven courses in seven languages are a hundred thousand of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class PackedTexts(Mapping[K, str], Generic[K]):
    """A mapping to texts that cannot be changed. Each reading of a text makes it anew: keep what is asked for often."""

    __slots__ = ("_ends", "_places", "_raw")

    def __init__(self, texts: Mapping[K, str]) -> None:
        self._places = _places(tuple(texts))
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts.values()]
        self._raw = b"".join(encoded)
        ends, end = array("L", [0]), 0
        for one in encoded:
            end += len(one)
            ends.append(end)
        self._ends = ends

    def __getitem__(self, key: K) -> str:
        place: int = self._places[key]
        return self._raw[self._ends[place] : self._ends[place + 1]].decode("utf-8", "surrogatepass")

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[K]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@lru_cache(maxsize=16)
def _places(keys: tuple[K, ...]) -> dict[K, int]:
    """The place of each key's text; catalogs of one course that have the same keys share it."""
    return {key: place for place, key in enumerate(keys)}
