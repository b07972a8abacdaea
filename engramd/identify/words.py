"""Words that volume labels and disc names are made of, all in capitals."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


#: Names that authoring programs give; compared without separators.
GENERIC = frozenset(
    _words("""
    LOGICALVOLUMEID VOLUMEID VIDEOTS AUDIOTS VIDEO BDMV DISC DISK DVD DVDVIDEO DVDVOLUME DVDDISC DVDROM
    DVDRECORDING BDROM BDVOLUME BLURAY BLURAYDISC BD UHD UHDBD NOLABEL NONAME UNTITLED UNTITLEDDISC VOLUME
    NEWVOLUME NEW CDROM MYDVD MYDISC MYBLURAY UNNAMED UNDEFINED UNKNOWN TITLE TITLE1 PROJECT MOVIE FEATURE
    MAINFEATURE SPECIALFEATURES BONUS BONUSDISC EXTRAS
    """)
)

#: Studios that put their name before the title.
STUDIO_PREFIXES = (
    ("MARVEL", "STUDIOS"),
    ("MARVEL", "STUDIOS'"),
    ("WARNER", "BROS"),
    ("WARNER", "BROTHERS"),
    ("UNIVERSAL", "PICTURES"),
    ("UNIVERSAL", "STUDIOS"),
    ("PARAMOUNT", "PICTURES"),
    ("WALT", "DISNEY"),
    ("DISNEY",),
    ("DISNEY'S",),
    ("20TH", "CENTURY", "FOX"),
    ("20TH", "CENTURY", "STUDIOS"),
    ("TWENTIETH", "CENTURY", "FOX"),
    ("COLUMBIA", "PICTURES"),
    ("LIONSGATE",),
    ("MGM",),
    ("DREAMWORKS",),
    ("NEW", "LINE", "CINEMA"),
    ("TOUCHSTONE", "PICTURES"),
    ("MIRAMAX",),
)

#: What stands behind a title and is no part of it: format, region, shape, and notes of who copied the disc.
TAIL = frozenset(
    _words("""
    DVD BD BD25 BD50 BD66 BD100 BLURAY BLU-RAY BLU RAY UHD 4K HD HDR ULTRA NTSC PAL NA EUR WS FS 16X9 4X3
    WIDESCREEN FULLSCREEN OK DONE RIP RIPPED BACKUP BAK DISC DISK
    """)
)

#: Phrases before a season or at the end that say how much of a series is in the box.
BOX_PHRASES = (
    ("THE", "COMPLETE", "SERIES"),
    ("COMPLETE", "SERIES"),
    ("THE", "COMPLETE", "COLLECTION"),
    ("COMPLETE", "COLLECTION"),
    ("THE", "COMPLETE"),
    ("COMPLETE",),
    ("THE", "ENTIRE"),
)

#: Words of a disc that holds no film and no episode.
BONUS = frozenset({"BONUS", "EXTRAS", "SUPPLEMENT", "SUPPLEMENTS", "SUPPLEMENTAL"})

_COUNT = _words("ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN")
_ORDER = _words(
    "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH "
    "FOURTEENTH FIFTEENTH"
)
_ROMAN = _words("I II III IV V VI VII VIII IX X XI XII")

NUMBER_WORDS = {word: n for n, word in enumerate(_COUNT, 1)} | {word: n for n, word in enumerate(_ROMAN, 1)}
ORDINAL_WORDS = {word: n for n, word in enumerate(_ORDER, 1)}
ROMAN = frozenset(_ROMAN) - {"I", "V", "X"}

SMALL_WORDS = frozenset(_words("A AN AND AS AT BUT BY FOR FROM IN INTO NOR OF ON OR THE TO VS WITH"))
#: Without a vowel, and yet no abbreviation to be kept in capitals.
TITLE_CASED = frozenset(
    {"MR", "MRS", "MS", "DR", "ST", "JR", "SR", "VS", "MY", "BY", "WHY", "TRY", "FLY", "SKY"}
)
