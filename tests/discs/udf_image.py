"""Makes UDF 2.50 images with a metadata partition, as on pressed Blu-rays; no packaged tool does."""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 2048
PARTITION = 288
#: Where the metadata file is split: two runs that do not touch, so that a reader has to map them.
FIRST_RUN = 8
GAP = 3


@dataclass
class Folder:
    """A directory to be written."""

    files: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)

    def add(self, path: str, content: bytes) -> None:
        """Add a file with its folders."""
        first, _, rest = path.partition("/")
        if rest:
            self.folders.setdefault(first, Folder()).add(rest, content)
        else:
            self.files[first] = content


def tag(identifier: int, location: int, body: bytes) -> bytes:
    """Give a descriptor with its tag, checksum and CRC."""
    head = bytearray(
        struct.pack("<HHBBHHHI", identifier, 3, 0, 0, 1, binascii.crc_hqx(body, 0), len(body), location)
    )
    head[4] = (sum(head) - head[4]) & 0xFF
    return bytes(head) + body


def blocks(data: bytes) -> bytes:
    """Fill up to whole sectors."""
    return data + bytes(-len(data) % SECTOR)


def name(text: str) -> bytes:
    """Encode a name: 8 bits where they are enough, else 16."""
    try:
        return b"\x08" + text.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x10" + text.encode("utf-16-be")


def dstring(text: str, size: int) -> bytes:
    """Encode a fixed field with its length in the last byte."""
    raw = name(text)
    return raw.ljust(size - 1, b"\0") + bytes([len(raw)])


def long_ad(length: int, block: int, partition: int) -> bytes:
    """Encode a long allocation descriptor."""
    return struct.pack("<IIH6x", length, block, partition)


def entity(text: bytes, suffix: bytes = b"") -> bytes:
    """Encode an entity identifier."""
    return b"\0" + text.ljust(23, b"\0") + suffix.ljust(8, b"\0")


def file_entry(kind: int, size: int, ads: bytes, ad_type: int, block: int) -> bytes:
    """Encode an extended file entry."""
    icb = struct.pack("<IHHHBBIHH", 0, 4, 0, 1, 0, kind, 0, 0, ad_type)
    body = bytearray(200)
    body[0:20] = icb
    struct.pack_into("<QQ", body, 40, size, size)
    struct.pack_into("<II", body, 192, 0, len(ads))
    return blocks(tag(266, block, bytes(body) + ads))


def identifier(text: str, flags: int, block: int) -> bytes:
    """Encode a file identifier descriptor."""
    raw = name(text) if text else b""
    body = struct.pack("<HBB", 1, flags, len(raw)) + long_ad(SECTOR, block, 1) + struct.pack("<H", 0) + raw
    body += bytes(-(len(body) + 16) % 4)
    return tag(257, block, body)


class Writer:
    """Lays out metadata blocks and data blocks of one image."""

    def __init__(self) -> None:
        self.metadata: list[bytes] = [b"", b""]
        self.data = bytearray()

    def reserve(self) -> int:
        """Take the next metadata block."""
        self.metadata.append(b"")
        return len(self.metadata) - 1

    def folder(self, folder: Folder, parent: int | None = None) -> int:
        """Write a directory; its entries lie in as many metadata blocks as they need."""
        block = self.reserve()
        listing = identifier("", 0x0A, block if parent is None else parent)
        for child, content in folder.files.items():
            listing += identifier(child, 0, self.file(content))
        for child, below in folder.folders.items():
            listing += identifier(child, 2, self.folder(below, block))
        pieces = [listing[at : at + SECTOR] for at in range(0, len(listing), SECTOR)]
        places = [self.reserve() for _ in pieces]
        for place, piece in zip(places, pieces, strict=True):
            self.metadata[place] = blocks(piece)
        ads = struct.pack("<II", len(listing), places[0])
        self.metadata[block] = file_entry(4, len(listing), ads, 0, block)
        return block

    def file(self, content: bytes) -> int:
        """Write a file in two pieces with a hole of foreign data between, to be put together by a reader."""
        block = self.reserve()
        half = len(content) // 2 // SECTOR * SECTOR
        ads = b""
        for piece in (content[:half], content[half:]):
            if piece:
                ads += long_ad(len(piece), self.at(len(self.data)), 0)
                self.data += blocks(piece) + b"\xee" * SECTOR
        self.metadata[block] = file_entry(5, len(content), ads, 1, block)
        return block

    def at(self, size: int) -> int:
        """Give the block of the physical partition where data of this size so far ends."""
        return self.data_start + size // SECTOR

    #: Metadata is below; far more than any test needs.
    data_start = 4096


def write_udf250(
    target: Path,
    files: dict[str, bytes],
    *,
    label: str = "BLUE",
    split: bool = True,
    spoil: str = "",
) -> Path:
    """Write an image with these files.

    With `split` the metadata file lies in two runs. `spoil` is `entry` or `content`: that of the metadata
    file is destroyed, and its mirror is whole.
    """
    top = Folder()
    for path, content in files.items():
        top.add(path, content)
    writer = Writer()
    root = writer.folder(top)
    target.write_bytes(image_of(writer, root, label, split=split, spoil=spoil))
    return target


def image_of(writer: Writer, root: int, label: str = "BLUE", *, split: bool = True, spoil: str = "") -> bytes:
    """Put the blocks of a writer, with the entry of the root directory in block `root`, into an image."""
    body = bytearray(496)
    body[384:400] = long_ad(SECTOR, root, 1)
    writer.metadata[0] = blocks(tag(256, 0, bytes(body)))
    writer.metadata[1] = blocks(tag(8, 1, bytes(496)))
    count = len(writer.metadata)
    partition = bytearray(writer.data_start * SECTOR) + writer.data
    mirror = [(writer.data_start - count, count)]
    for place, runs in enumerate((_runs(count, FIRST_RUN if split else count), mirror)):
        ads = b"".join(struct.pack("<II", length * SECTOR, start) for start, length in runs)
        partition[place * SECTOR : (place + 1) * SECTOR] = file_entry(
            250 + place, count * SECTOR, ads, 0, place
        )
        blocks_of = [block for start, length in runs for block in range(start, start + length)]
        for at, block in zip(blocks_of, writer.metadata, strict=True):
            partition[at * SECTOR : (at + 1) * SECTOR] = block
    if spoil:
        at = {"entry": 0, "content": 2}[spoil]
        partition[at * SECTOR : (at + 1) * SECTOR] = b"\xa5" * SECTOR
    return _volume(label, len(partition) // SECTOR) + bytes(partition) + bytes(SECTOR)


def _runs(count: int, first: int) -> list[tuple[int, int]]:
    first = min(count, first)
    rest = count - first
    return [(2, first)] + ([(2 + first + GAP, rest)] if rest else [])


def _volume(label: str, length: int) -> bytes:
    head = bytearray(PARTITION * SECTOR)
    for place, kind in enumerate((b"BEA01", b"NSR03", b"TEA01")):
        at = (16 + place) * SECTOR
        head[at : at + 7] = b"\0" + kind + b"\1"
    for start in (32, 48):
        for place, descriptor in enumerate(_sequence(label, length, start)):
            at = (start + place) * SECTOR
            head[at : at + len(descriptor)] = descriptor
    anchor = tag(2, 256, struct.pack("<IIII", 16 * SECTOR, 32, 16 * SECTOR, 48) + bytes(480))
    head[256 * SECTOR : 256 * SECTOR + 512] = anchor
    return bytes(head)


def _sequence(label: str, length: int, start: int) -> list[bytes]:
    primary = bytearray(496)
    primary[8:40] = dstring(label, 32)
    partition = bytearray(496)
    struct.pack_into("<IHH", partition, 0, 1, 1, 0)
    partition[8:40] = entity(b"+NSR03")
    struct.pack_into("<III", partition, 168, 1, PARTITION, length)
    one = struct.pack("<BBHH", 1, 6, 1, 0)
    two = struct.pack("<BBH", 2, 64, 0) + entity(b"*UDF Metadata Partition", b"\x50\x02")
    two += struct.pack("<HHIIIIHB5x", 1, 0, 0, 1, 0xFFFFFFFF, 32, 1, 0)
    logical = bytearray(424)
    logical[68:196] = dstring(label, 128)
    struct.pack_into("<I", logical, 196, SECTOR)
    logical[200:232] = entity(b"*OSTA UDF Compliant", b"\x50\x02")
    logical[232:248] = long_ad(SECTOR, 0, 1)
    struct.pack_into("<II", logical, 248, len(one + two), 2)
    return [
        tag(1, start, bytes(primary)),
        tag(5, start + 1, bytes(partition)),
        tag(6, start + 2, bytes(logical) + one + two),
        tag(8, start + 3, bytes(496)),
    ]
