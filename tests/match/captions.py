"""A small encoder of EIA-608 captions, to check the decoder against."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.match.cc608 import Decoder
from engramd.match.subtitles import Cue

Pair = tuple[int, int]
SPECIAL = {c: (0x11, 0x30 + n) for n, c in enumerate("®°½¿™¢£♪à èâêîôû") if c != " "}
EXTENDED = {"É": (0x12, 0x21, "E"), "ü": (0x12, 0x25, "u"), "ß": (0x13, 0x34, "s"), "Ø": (0x13, 0x3A, "O")}
BASIC = {"á": 0x2A, "é": 0x5C, "í": 0x5E, "ó": 0x5F, "ú": 0x60, "ç": 0x7B, "ñ": 0x7E}


def parity(byte: int) -> int:
    """Add the odd parity bit."""
    return byte | (0x80 if bin(byte & 0x7F).count("1") % 2 == 0 else 0)


def control(a: int, b: int) -> list[Pair]:
    """Give a control code, sent twice."""
    return [(a, b), (a, b)]


def encode(text: str) -> list[Pair]:
    """Give the pairs of a line of text."""
    pairs: list[Pair] = []
    row: list[int] = []

    def flush() -> None:
        while row:
            pairs.append((row.pop(0), row.pop(0) if row else 0))

    for c in text:
        if c in SPECIAL or c in EXTENDED:
            if c in EXTENDED:
                row.append(ord(EXTENDED[c][2]))
            flush()
            pairs.extend(control(*(SPECIAL[c] if c in SPECIAL else EXTENDED[c][:2])))
        else:
            row.append(BASIC.get(c, ord(c)))
    flush()
    return pairs


def pop_on(lines: Iterable[str]) -> list[Pair]:
    """Write lines in the dark (rows 14 and 15) and show them."""
    pairs = control(0x14, 0x20) + control(0x14, 0x2E)
    for row, line in zip((0x40, 0x60), lines, strict=False):
        pairs += control(0x14, row) + encode(line)
    return pairs + control(0x14, 0x2F)


def roll_up(line: str) -> list[Pair]:
    """Start a new line of two rolling rows."""
    return control(0x14, 0x25) + control(0x14, 0x2D) + control(0x14, 0x60) + encode(line)


def paint_on(line: str) -> list[Pair]:
    """Write a line where everybody sees it."""
    return control(0x14, 0x29) + control(0x14, 0x60) + encode(line)


ERASE = control(0x14, 0x2C)


def decode(
    timed: Iterable[tuple[float, list[Pair]]], *, frame: float = 1001 / 30000
) -> tuple[list[Cue], Decoder]:
    """Feed groups of pairs, each from its time on, one pair a frame; decode everything."""
    decoder = Decoder()
    for at, pairs in timed:
        for number, (a, b) in enumerate(pairs):
            decoder.feed(parity(a), parity(b), at + number * frame)
    return decoder.finish(), decoder


# -- EIA-708 --

Triplet = tuple[int, int, int]
G2 = {"…": 0x25, "Š": 0x2A, "“": 0x33, "”": 0x34, "™": 0x39}


def define(window: int, *, visible: bool = False, rows: int = 2, row: int = 60) -> bytes:
    """Define a window of 32 columns, and make it the current one; `row` is where it stands."""
    return bytes([0x98 + window, 0x38 if visible else 0x18, row, 50, 0x60 | rows - 1, 31, 0x11])


def text708(text: str, *, row: int | None = None) -> bytes:
    """Write text, at the beginning of a row if one is given."""
    place = b"" if row is None else bytes([0x92, row, 0])
    return place + b"".join(bytes([0x10, G2[c]]) if c in G2 else _g0_g1(c) for c in text)


def _g0_g1(letter: str) -> bytes:
    return b"\x7f" if letter == "♪" else letter.encode("latin-1")


DISPLAY, HIDE, TOGGLE, CLEAR, DELETE = b"\x89", b"\x8a", b"\x8b", b"\x88", b"\x8c"


def pop_on708(lines: Iterable[str], window: int = 0) -> bytes:
    """Write lines into a hidden window and show it."""
    written = b"".join(text708(line, row=row) for row, line in enumerate(lines))
    bits = bytes([1 << window])
    return DELETE + bits + define(window) + written + DISPLAY + bits


def packet708(data: bytes, number: int, *, service: int = 1) -> list[Triplet]:
    """Put commands into a caption packet, as the triplets of a picture."""
    parts = [data[at : at + 31] for at in range(0, len(data), 31)]
    body = b"".join(bytes([service << 5 | len(part)]) + part for part in parts)
    body += b"\0" * ((len(body) + 1) % 2)
    packet = bytes([(number & 3) << 6 | (len(body) + 1) // 2]) + body
    return [(2 if at else 3, packet[at], packet[at + 1]) for at in range(0, len(packet), 2)]


# -- into a video stream --


def a53(triplets: Iterable[Triplet]) -> bytes:
    """Give the user data of a picture."""
    rows = [bytes([0xFC | kind, first, second]) for kind, first, second in triplets]
    return b"GA94\x03" + bytes([0x40 | len(rows), 0xFF]) + b"".join(rows) + b"\xff"


def with_captions(codec: str, stream: bytes, pictures: list[list[Triplet]]) -> bytes:
    """Put captions into a raw stream, picture by picture; H.264 and H.265 must have delimiters."""
    mark = {"h264": b"\0\0\0\1\x09", "hevc": b"\0\0\0\1\x46\1", "mpeg2video": b"\0\0\1\0"}[codec]
    start, *rest = stream.split(mark)
    assert len(rest) >= len(pictures)
    out = [start]
    for number, picture in enumerate(rest):
        data = a53(pictures[number]) if number < len(pictures) and pictures[number] else b""
        out += [mark, _with_user_data(codec, picture, data) if data else picture]
    return b"".join(out)


def _with_user_data(codec: str, picture: bytes, data: bytes) -> bytes:
    if codec == "mpeg2video":
        at = picture.index(b"\0\0\1\1")
        return picture[:at] + b"\0\0\1\xb2" + data + picture[at:]
    at = picture.index(b"\0\0\1")
    at -= picture[at - 1 : at] == b"\0"
    message = b"\xb5\x00\x31" + data
    sei = b"\x04" + b"\xff" * (len(message) // 255) + bytes([len(message) % 255]) + message + b"\x80"
    unit = b"\0\0\0\1" + (b"\x06" if codec == "h264" else b"\x4e\x01") + _escaped(sei)
    return picture[:at] + unit + picture[at:]


def _escaped(data: bytes) -> bytes:
    out = bytearray()
    for byte in data:
        if byte <= 3 and out.endswith(b"\0\0"):
            out.append(3)
        out.append(byte)
    return bytes(out)
