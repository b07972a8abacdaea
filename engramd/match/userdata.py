"""Finds caption bytes in undecoded video packets: MPEG-2 user data, and SEI messages of H.264 and H.265.

Sources: ATSC A/53 part 4 (`GA94`), CEA-708-E (cc_data), SCTE 128 (SEI), and for the `CC` block of DVDs the
layout that players agree on.
"""

from __future__ import annotations

from collections.abc import Iterator

#: Captions stand before the first slice; there is no need to look at the picture itself.
HEADER_BYTES = 6144

#: Kinds of triplets: a pair of EIA-608's first field, and the rest and the beginning of a packet of EIA-708.
FIELD_1, PACKET_DATA, PACKET_START = 0, 2, 3


#: The kind, and two bytes of captions.
Triplet = tuple[int, int, int]
#: A triplet with the picture it belongs to, counted from the first one of the packet that is shown.
Found = tuple[int, Triplet]

_USER_DATA = b"\x00\x00\x01\xb2"
_DVD = b"CC\x01\xf8"
_GA94 = b"GA94\x03"
_T35_ATSC = b"\xb5\x00\x31"


def mpeg2_captions(head: bytes) -> list[Found]:
    """Give the captions of a packet of MPEG-1 or MPEG-2."""
    found: list[Found] = []
    at = head.find(_USER_DATA)
    while at >= 0:
        if head.startswith(_DVD, at + 4):
            pairs = _dvd_pairs(head[at + 4 : at + 204])
            found += enumerate((FIELD_1, *pair) for pair in pairs)
        elif head.startswith(_GA94, at + 4):
            found += ((0, triplet) for triplet in cc_data(head[at + 9 : at + 108]))
        at = head.find(_USER_DATA, at + 4)
    return found


def _dvd_pairs(data: bytes) -> Iterator[tuple[int, int]]:
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


def cc_data(data: bytes) -> Iterator[Triplet]:
    """Read cc_data: a count, a reserved byte, then triplets; those of the second field are left out."""
    if len(data) >= 2 and data[0] & 0x40:
        yield from cc_triplets(data[2 : 2 + 3 * (data[0] & 0x1F)])


def cc_triplets(data: bytes) -> Iterator[Triplet]:
    """Read bare triplets: those that are marked as valid, but for those of the second field."""
    for at in range(0, len(data) - 2, 3):
        kind = data[at] & 3
        if data[at] & 4 and kind != 1:
            yield kind, data[at + 1], data[at + 2]


def sei_captions(head: bytes, length_size: int, *, hevc: bool = False) -> list[Found]:
    """Give the captions of an access unit of H.264 or H.265.

    `length_size` is that of the units' lengths: 1, 2 or 4, or 0 where they begin with start codes.
    """
    found: list[Found] = []
    if b"GA94" not in head:
        return found
    for message in _sei_units(head, length_size, hevc):
        for payload in _sei_payloads(_unescape(message)):
            if payload[:3] == _T35_ATSC and payload[3:8] == _GA94:
                found += ((0, triplet) for triplet in cc_data(payload[8:]))
    return found


def length_size(extradata: bytes, *, hevc: bool = False) -> int:
    """Give the size of the units' lengths from a stream's header (avcC, hvcC); 0 where there are none."""
    at = 21 if hevc else 4
    return (extradata[at] & 3) + 1 if len(extradata) > at and extradata[0] == 1 else 0


def _sei_units(head: bytes, length_size: int, hevc: bool) -> Iterator[bytes]:
    """Give the contents of the SEI units before the first slice."""
    for unit in _units(head, length_size):
        kind = unit[0] >> 1 & 0x3F if hevc else unit[0] & 0x1F
        if kind < 32 if hevc else 1 <= kind <= 5:
            return
        if kind == (39 if hevc else 6):
            yield unit[2 if hevc else 1 :]


def _units(head: bytes, length_size: int) -> Iterator[bytes]:
    """Cut NAL units, up to an empty one."""
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
        if not unit:
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
