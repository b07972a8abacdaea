"""Lines of MakeMKV's robot mode that chance has spoiled."""

from __future__ import annotations

import random
from collections.abc import Iterator

GOOD = (
    'MSG:1005,0,1,"MakeMKV v1.18.3 linux started","%1 started","MakeMKV v1.18.3 linux"',
    "MSG:2003,0,3,\"Error 'Scsi error' while reading '/1.m2ts' at offset '4096'\","
    '"Error \'%1\' while reading \'%2\' at offset \'%3\'","Scsi error","/1.m2ts","4096"',
    r'MSG:1003,32,3,"DEBUG: Code 0 at hAQ\"`4Oh\\:1","DEBUG: Code %1 at %2:%3","0","hAQ\"`4Oh\\","1"',
    'DRV:0,2,999,12,"BD-RE HL-DT-ST","LABEL","/dev/sr0"',
    "TCOUNT:3",
    'CINFO:1,6209,"Blu-ray disc"',
    r'CINFO:2,0,"A \"quoted\", C:\\path"',
    'TINFO:0,9,0,"1:30:00"',
    'TINFO:12,26,0,"1,2,(3,4),5/6"',
    'SINFO:12,3,22,0,"4096"',
    "PRGV:1024,2048,65536",
    'PRGC:5018,0,"Scanning CD-ROM devices"',
    'PRGT:5024,1,"Saving all titles to MKV files"',
    "HSH:0,00165.m2ts,1/11/2024 12:15:46 PM,31782912",
    "Do you want to continue?",
    "",
)
PIECES = (
    '"',
    "\\",
    ",",
    ":",
    '","',
    '\\"',
    "\\\\",
    '""',
    "-1",
    "9" * 20,
    "٣",
    "\0",
    "\r",
    "\n",
    "é",
    "PRGV:",
    "MSG:",
)


def fuzzed_lines(count: int, chance: random.Random) -> Iterator[str]:
    """Give lines, a part of which are good."""
    for _ in range(count):
        line = chance.choice(GOOD)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
            line = _spoiled(line, chance)
        yield line


def _spoiled(line: str, chance: random.Random) -> str:
    start = chance.randint(0, len(line))
    end = min(len(line), start + chance.choice((0, 0, 1, 3, 20)))
    what = chance.random()
    if what < 0.6:
        return line[:start] + chance.choice(PIECES) + line[end:]
    if what < 0.8:
        return line[:start] + line[end:]
    if what < 0.9:
        return line[:start] + line[start:end] * 3 + line[end:]
    return line[:start] + chance.choice(GOOD)[chance.randint(0, 20) :]
