"""Finds caption bytes in undecoded video packets: MPEG-2 user data and H.264 SEI messages.

Sources: ATSC A/53 part 4 (`GA94`), CEA-708-E (cc_data), SCTE 128 (SEI), and for the `CC` block of DVDs the
layout that players agree on.
"""

from __future__ import annotations

from collections.abc import Iterator

#: Captions stand before the first slice; there is no need to look at the picture itself.
HEADER_BYTES = 6144

Pair = tuple[int, int]
_USER_DATA = b"\x00\x00\x01\xb2"
_GA94 = b"GA94\x03"
_T35_ATSC = b"\xb5\x00\x31"


def mpeg2_pairs(head: bytes) -> list[tuple[int, Pair]]:
    """Give the field-1 pairs of a packet, each with the picture it belongs to (0: the first one shown)."""
    pairs: list[tuple[int, Pair]] = []
    at = head.find(_USER_DATA)
    while at >= 0:
        data = head[at + 4 :]
        if data[:4] == b"CC\x01\xf8":
            pairs += enumerate(_dvd_pairs(data))
        elif data[:5] == _GA94:
            pairs += [(0, pair) for pair in _cc_data(data[5:])]
        at = head.find(_USER_DATA, at + 4)
    return pairs


def _dvd_pairs(data: bytes) -> Iterator[Pair]:
    """Read a DVD block: one group of two fields for each picture of the GOP.

    Field 1 is marked `ff`, field 2 `fe`; where both marks are the same, the top bit of the count byte says
    that field 1 comes first.
    """
    if len(data) < 5:
        return
    groups, first_leads = data[4] >> 1 & 0x1F, bool(data[4] & 0x80)
    at = 5
    for _ in range(max(groups, 1)):
        group = data[at : at + 6]
        if len(group) < 6 or group[0] & 0xFE != 0xFE or group[3] & 0xFE != 0xFE:
            return
        leads = first_leads if group[0] == group[3] else group[0] == 0xFF
        yield (group[1], group[2]) if leads else (group[4], group[5])
        at += 6


def _cc_data(data: bytes) -> Iterator[Pair]:
    """Read cc_data: a count, a reserved byte, then triplets; valid ones of type 0 are field 1."""
    if len(data) < 2 or not data[0] & 0x40:
        return
    for number in range(data[0] & 0x1F):
        triplet = data[2 + 3 * number : 5 + 3 * number]
        if len(triplet) == 3 and triplet[0] & 0x07 == 0x04:
            yield triplet[1], triplet[2]


def h264_pairs(head: bytes, length_size: int) -> list[tuple[int, Pair]]:
    """Give the field-1 pairs of an access unit; `length_size` is 1, 2 or 4, or 0 for start codes."""
    pairs: list[tuple[int, Pair]] = []
    for unit in _units(head, length_size):
        if unit[:1] and unit[0] & 0x1F == 6:
            for payload in _sei_payloads(_unescape(unit[1:])):
                if payload[:3] == _T35_ATSC and payload[3:8] == _GA94:
                    pairs += [(0, pair) for pair in _cc_data(payload[8:])]
    return pairs


def _units(head: bytes, length_size: int) -> Iterator[bytes]:
    """Cut NAL units, up to the first slice."""
    at = 0
    while at + max(length_size, 3) < len(head):
        if length_size:
            size = int.from_bytes(head[at : at + length_size], "big")
            at += length_size
            end = at + size
        else:
            at = head.find(b"\x00\x00\x01", at) + 3
            if at < 3:
                return
            end = head.find(b"\x00\x00\x01", at)
            end = len(head) if end < 0 else end
        unit = head[at:end]
        if not unit or 1 <= unit[0] & 0x1F <= 5:
            return
        yield unit
        at = end


def _sei_payloads(data: bytes) -> Iterator[bytes]:
    """Cut the messages of type 4 (registered user data) out of an SEI unit."""
    at = 0
    while at + 2 < len(data):
        kind, at = _sei_number(data, at)
        size, at = _sei_number(data, at)
        if kind == 4:
            yield data[at : at + size]
        at += size


def _sei_number(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    while at < len(data) and data[at] == 0xFF:
        number, at = number + 255, at + 1
    return number + (data[at] if at < len(data) else 0), at + 1


def _unescape(data: bytes) -> bytes:
    return data.replace(b"\x00\x00\x03", b"\x00\x00")
