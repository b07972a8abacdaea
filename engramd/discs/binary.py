"""Bounded access to the binary structures of a disc: outside of the data is an error, not a crash."""

from __future__ import annotations

from typing import Literal

from engramd.errors import UnreadableDisc


class BadStructure(UnreadableDisc):
    """A structure on the disc contradicts its format."""


class View:
    """Unsigned numbers and slices of `data`; `where` names the file or structure for messages."""

    def __init__(self, data: bytes, where: str, order: Literal["big", "little"] = "big") -> None:
        self.data, self.where, self.order = data, where, order

    def __len__(self) -> int:
        return len(self.data)

    def raw(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes from `offset`; raises BadStructure if they are not all there."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            why = f"bytes {offset} to {offset + size} are wanted, {len(self.data)} are there"
            raise BadStructure("a structure on the disc is damaged", where=self.where, why=why)
        return self.data[offset : offset + size]

    def _number(self, offset: int, size: int) -> int:
        return int.from_bytes(self.raw(offset, size), self.order)

    def u8(self, offset: int) -> int:
        """One byte."""
        return self._number(offset, 1)

    def u16(self, offset: int) -> int:
        """Two bytes."""
        return self._number(offset, 2)

    def u32(self, offset: int) -> int:
        """Four bytes."""
        return self._number(offset, 4)

    def u64(self, offset: int) -> int:
        """Eight bytes."""
        return self._number(offset, 8)

    def part(self, offset: int, size: int | None = None) -> View:
        """The view of `size` bytes from `offset`, or of all from there; raises BadStructure like `raw`."""
        size = len(self.data) - offset if size is None else size
        return View(self.raw(offset, size), self.where, self.order)

    def expect(self, magic: bytes, offset: int = 0) -> None:
        """Raise BadStructure unless `magic` stands at `offset`."""
        if self.data[offset : offset + len(magic)] != magic:
            why = f"it does not begin with {magic.decode('latin-1')}"
            raise BadStructure("a structure on the disc is damaged", where=self.where, why=why)
