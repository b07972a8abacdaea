"""Has more words read, round by round, of titles that what is at hand does not decide.

Pictures first: 15 of them, 40, all. Speech only where no track says anything of the whole title: windows,
until it is decided or there is no hope. A reader that fails costs its words, and the title says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from engramd.match.decision import Circumstances, settled
from engramd.match.memory import WordsMemory
from engramd.match.model import MatchFailed, Reading, Track
from engramd.match.pictures.sampling import sample
from engramd.match.reading import Reader
from engramd.match.season import Season
from engramd.match.titles import OpenTitle, make_queries
from engramd.match.tracks import language_of

#: Pictures that are read of an episode, by round; at last all.
PICTURES = (15, 40, None)
#: After so many windows of speech, or pictures, a title that fits nothing at all is given up.
HOPELESS_WINDOWS, HOPELESS_PICTURES = 12, 40
#: Windows of speech that are listened to at most: slow engines need as long as the title's time-out allows.
MOST_WINDOWS = 24
#: The best cosine over the second best, from which more words may help.
HOPE = 1.25


class Rounds:
    """Reads more of the titles of one disc. `reader` None: nothing more can be read."""

    def __init__(
        self, season: Season, circumstances: Circumstances, reader: Reader | None, reading: Reading
    ) -> None:
        self._season = season
        self._circumstances = circumstances
        self._reader = reader
        self._reading = reading

    def read(self, titles: Sequence[OpenTitle]) -> None:
        """Score all titles, and read more of those that are not settled."""
        for title in titles:
            memory = WordsMemory(title, self._reading.speech_model)
            memory.recall()
            if title.heard or title.pictures:
                make_queries(title, self._season.checked)
            title.score(self._season)
            if title.open and self._reader is not None:
                self._read_more(title, self._reader, memory)

    def _read_more(self, title: OpenTitle, reader: Reader, memory: WordsMemory) -> None:
        if title.evidence is None or self._is_settled(title):
            return
        if title.chosen.none:
            if self._reading.speech:
                self._listen(title, reader, memory)
        elif title.chosen.worded is None and self._reading.pictures:
            self._read_pictures(title, reader, memory)

    def _is_settled(self, title: OpenTitle) -> bool:
        return bool(title.standings) and settled(title, self._circumstances)

    def _read_pictures(self, title: OpenTitle, reader: Reader, memory: WordsMemory) -> None:
        track = title.chosen.pictured
        if track is None or not self._season.speaks(language_of(track)):
            return
        languages = [code for code in (language_of(track), *self._season.languages) if code]
        parts = max(1, len(title.parts))
        for count in PICTURES:
            wanted = len(track.starts) if count is None else min(count * parts, len(track.starts))
            numbers = sample(track, wanted, title.pictures)
            if not numbers:
                continue
            if not self._take_pictures(title, reader, track, numbers, languages):
                return
            memory.keep()
            self._words_came(title)
            hopeless = len(title.pictures) >= HOPELESS_PICTURES * parts and not self._hope(title)
            if self._is_settled(title) or hopeless:
                return

    def _take_pictures(
        self,
        title: OpenTitle,
        reader: Reader,
        track: Track,
        numbers: Sequence[int],
        languages: Sequence[str],
    ) -> bool:
        """Have pictures read; false where they cannot be."""
        if title.evidence is None:
            return False
        try:
            texts = reader.pictures(title.evidence, track, numbers, languages)
            title.pictures |= dict(zip(numbers, texts, strict=True))
        except (MatchFailed, ValueError) as error:
            title.unread = f"its pictures could not be read: {error}"
            return False
        return True

    def _listen(self, title: OpenTitle, reader: Reader, memory: WordsMemory) -> None:
        from engramd.match.speech.windows import plan

        sound, evidence = title.chosen.sound, title.evidence
        if sound is None or evidence is None:
            title.unread = "it has no sound to listen to"
            return
        while len(title.windows) < MOST_WINDOWS and (windows := plan(title.duration, title.windows)):
            try:
                cues, _engine = reader.speech(evidence, sound, windows)
            except MatchFailed as error:
                title.unread = f"its speech could not be understood: {error}"
                return
            title.heard += cues
            title.windows += windows
            memory.keep()
            self._words_came(title)
            hopeless = len(title.windows) >= HOPELESS_WINDOWS and not self._hope(title)
            if self._is_settled(title) or hopeless:
                return

    def _words_came(self, title: OpenTitle) -> None:
        make_queries(title, self._season.checked)
        if title.timings:
            title.score_words(self._season)
        else:
            title.score(self._season)

    def _hope(self, title: OpenTitle) -> bool:
        """Whether some episode stands out by the words, if not enough."""
        for standing in title.standings:
            cosines = sorted((j.scores.words.cosine for j in standing.judged if j.scores.words), reverse=True)
            if len(cosines) == 1 or (len(cosines) > 1 and cosines[0] >= HOPE * cosines[1]):
                return True
        return False
