"""Words that volume labels and disc names are made of, all in capitals."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Split phrases that are separated by commas, the longest first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in text.split(",")), key=len, reverse=True))


#: Names that authoring programs give; compared without separators.
GENERIC = frozenset(
    _words("""
    LOGICALVOLUMEID VOLUMEID VIDEOTS AUDIOTS VIDEO BDMV DISC DISK DVD DVDVIDEO DVDVOLUME DVDDISC DVDROM
    DVDRECORDING BDROM BDVOLUME BLURAY BLURAYDISC BD UHD UHDBD NOLABEL NONAME UNTITLED UNTITLEDDISC VOLUME
    NEWVOLUME NEW CDROM MYDVD MYDISC MYBLURAY UNNAMED UNDEFINED UNKNOWN TITLE TITLE1 PROJECT MOVIE FEATURE
    MAINFEATURE SPECIALFEATURES BONUSFEATURES BONUS BONUSDISC EXTRAS
    """)
)

#: Studios that put their name before the title.
STUDIO_PREFIXES = _phrases("""
    MARVEL STUDIOS, MARVEL STUDIOS', MARVEL'S, MARVELS, WARNER BROS, WARNER BROTHERS, UNIVERSAL PICTURES,
    UNIVERSAL STUDIOS, PARAMOUNT PICTURES, WALT DISNEY, WALT DISNEY'S, DISNEY, DISNEY'S, DISNEY PIXAR,
    DISNEY-PIXAR, 20TH CENTURY FOX, 20TH CENTURY STUDIOS, TWENTIETH CENTURY FOX, COLUMBIA PICTURES, LIONSGATE,
    MGM, DREAMWORKS, NEW LINE CINEMA, TOUCHSTONE PICTURES, MIRAMAX
""")

#: Names of a season; the number follows, or stands before as an ordinal. English, German, French,
#: Spanish and Portuguese, Italian, Dutch, the Nordic languages, Polish, Czech.
SEASON_WORDS = frozenset(
    _words("""
    SEASON SERIES SERIE STAFFEL SAISON TEMPORADA STAGIONE SEIZOEN SÄSONG SASONG SÆSON SAESON SESONG KAUSI
    SEZON SERIA SÉRIE ŘADA
    """)
)
#: A number behind them counts seasons, and yet names no one of them: `Seasons 1-3`.
SEASONS_WORDS = frozenset({"SEASONS", "STAFFELN", "SAISONS", "TEMPORADAS", "STAGIONI", "SEIZOENEN"})
#: Titles in which such a word names no season.
NO_SEASON = frozenset({("OPEN", "SEASON"), ("HUNTING", "SEASON"), ("WORLD", "SERIES")})

DISC_WORDS = frozenset(_words("DISC DISK DVD DISCO DISQUE SCHIJF SKIVA SKIVE LEVY"))
OF_WORDS = frozenset(_words("OF VON DE DI VAN AV AF"))

#: What stands behind a title and is no part of it: format, region, shape, and notes of who copied the disc.
TAIL = frozenset(
    _words("""
    DVD BD BD25 BD50 BD66 BD100 BLURAY BLU-RAY BLU RAY UHD 4K 3D HD HDR SDR ULTRA TM NTSC PAL SECAM NA EUR EU
    USA GBR DEU FRA ESP ITA JPN JP DOM INTL GLO GLOBAL WW WS FS 16X9 16:9 4X3 4:3 WIDESCREEN FULLSCREEN
    ANAMORPHIC R1 R2 R3 R4 R5 R6 OK DONE RIP RIPPED BACKUP BAK DISC DISK STEELBOOK
    """)
)

#: Phrases before a season or at the end that say how much of a series is in the box.
BOX_PHRASES = _phrases("""
    THE COMPLETE SERIES, COMPLETE SERIES, THE COMPLETE COLLECTION, COMPLETE COLLECTION, THE COMPLETE,
    COMPLETE, THE ENTIRE, ENTIRE, THE ENTIRE SERIES, DIE KOMPLETTE, KOMPLETTE, DIE KOMPLETTE SERIE,
    L'INTÉGRALE, INTÉGRALE, LA COMPLETA, DE COMPLETE
""")
#: What may stand between a title and `FIRST SEASON`.
ARTICLES = frozenset(_words("THE DIE LA LE DE DEN DET LAS"))

#: Phrases that name a disc of extras; never a whole title.
BONUS_PHRASES = _phrases("""
    SPECIAL FEATURES, BONUS FEATURES, BONUS DISC, BONUS MATERIAL, BONUS CONTENT, BONUS DISK, SUPPLEMENTAL
    MATERIAL, SUPPLEMENTAL FEATURES, CONTENUTI SPECIALI, CONTENIDO EXTRA, THE EXTRAS
""")
#: Words of a disc that holds no film and no episode.
BONUS = frozenset(
    _words("BONUS EXTRAS SUPPLEMENT SUPPLEMENTS SUPPLEMENTAL BONUSDISC BONUSMATERIAL ZUSATZMATERIAL BONI")
)

#: Words that name a cut of a film, as in `EXTENDED CUT`, with the spelling of people.
CUTS = {
    "EXTENDED": "Extended",
    "EXT": "Extended",
    "THEATRICAL": "Theatrical",
    "UNRATED": "Unrated",
    "UNCUT": "Uncut",
    "REMASTERED": "Remastered",
    "RESTORED": "Restored",
    "DIRECTORS": "Director's",
    "DIRECTOR'S": "Director's",
    "FINAL": "Final",
    "ULTIMATE": "Ultimate",
    "SPECIAL": "Special",
    "ASSEMBLY": "Assembly",
    "ALTERNATE": "Alternate",
    "INTERNATIONAL": "International",
    "PRODUCERS": "Producer's",
    "PRODUCER'S": "Producer's",
    "IMAX": "IMAX",
}
#: Of those, the ones that say it alone at the end of a title.
CUTS_ALONE = frozenset(_words("EXTENDED EXT THEATRICAL UNRATED UNCUT REMASTERED RESTORED"))
CUT_NOUNS = {"CUT": "Cut", "EDITION": "Edition", "VERSION": "Version", "CUTS": "Cut"}
#: Abbreviations at the end of a label.
SHORT_EDITIONS = {"UE": "Ultimate Edition", "SE": "Special Edition", "EC": "Extended Cut"}
#: Words of a box's name, before EDITION or COLLECTION, that name no cut.
BOX_ADJECTIVES = frozenset(
    _words("""
    ANNIVERSARY COLLECTORS COLLECTOR'S DIAMOND PLATINUM SIGNATURE LIMITED DELUXE GOLD SILVER CRITERION
    ESSENTIAL
    """)
)
#: Words that say that several works are in the box.
COLLECTION = frozenset(
    _words("COLLECTION TRILOGY QUADRILOGY PENTALOGY ANTHOLOGY SAGA DUOLOGY TETRALOGY TRILOGIE SAMMLUNG")
)

_COUNT = _words("ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN")
_COUNTS = (
    _COUNT,
    _words("EINS ZWEI DREI VIER FÜNF SECHS SIEBEN ACHT NEUN ZEHN"),
    _words("UN DEUX TROIS QUATRE CINQ SIX SEPT HUIT NEUF DIX"),
    _words("UNO DOS TRES CUATRO CINCO SEIS SIETE OCHO NUEVE DIEZ"),
    _words("UNO DUE TRE QUATTRO CINQUE SEI SETTE OTTO NOVE DIECI"),
    _words("EEN TWEE DRIE VIER VIJF ZES ZEVEN ACHT NEGEN TIEN"),
)
#: Ordinals in English, German, French, Spanish, Italian, Dutch, Swedish, as they stand before a season.
_ORDERS = (
    _words(
        "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH "
        "FOURTEENTH FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH TWENTIETH"
    ),
    _words("ERSTE ZWEITE DRITTE VIERTE FÜNFTE SECHSTE SIEBTE ACHTE NEUNTE ZEHNTE"),
    _words("PREMIÈRE DEUXIÈME TROISIÈME QUATRIÈME CINQUIÈME SIXIÈME SEPTIÈME HUITIÈME NEUVIÈME DIXIÈME"),
    _words("PREMIERE DEUXIEME TROISIEME QUATRIEME CINQUIEME SIXIEME SEPTIEME HUITIEME NEUVIEME DIXIEME"),
    _words("PRIMERA SEGUNDA TERCERA CUARTA QUINTA SEXTA SÉPTIMA OCTAVA NOVENA DÉCIMA"),
    _words("PRIMA SECONDA TERZA QUARTA QUINTA SESTA SETTIMA OTTAVA NONA DECIMA"),
    _words("EERSTE TWEEDE DERDE VIERDE VIJFDE ZESDE ZEVENDE ACHTSTE NEGENDE TIENDE"),
    _words("FÖRSTA ANDRA TREDJE FJÄRDE FEMTE SJÄTTE SJUNDE ÅTTONDE NIONDE TIONDE"),
)
_ROMAN = _words("I II III IV V VI VII VIII IX X XI XII")

NUMBER_WORDS = {word: n for row in (*_COUNTS, _ROMAN) for n, word in enumerate(row, 1)}
ORDINAL_WORDS = {word: n for row in _ORDERS for n, word in enumerate(row, 1)}
ROMAN = frozenset(_ROMAN) - {"I", "V", "X"}

SMALL_WORDS = frozenset(_words("A AN AND AS AT BUT BY FOR FROM IN INTO NOR OF ON OR THE TO VS WITH"))
#: Without a vowel, and yet no abbreviation to be kept in capitals.
TITLE_CASED = frozenset(
    {"MR", "MRS", "MS", "DR", "ST", "JR", "SR", "VS", "MY", "BY", "WHY", "TRY", "FLY", "SKY", "PT"}
)
