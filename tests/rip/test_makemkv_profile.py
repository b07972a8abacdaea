"""What MakeMKV is told to keep, run by an evaluator of its grammar and compared with the policy."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs import Stream
from engramd.rip.makemkv_profile import profile_xml, selection_string, settings_conf
from engramd.rip.tracks import TrackPolicy, choose_tracks
from tests.rip.test_tracks import VIDEO, policies, sound, streams_of_titles, words


class SelectionEvaluator:
    """A stand-in for MakeMKV's selection: no MakeMKV can be had here. After its forum's description."""

    def __init__(self, text: str) -> None:
        self._steps = [step.partition(":")[::2] for step in text.split(",")]

    def selected(self, stream: Stream) -> bool:
        state = False
        for action, condition in self._steps:
            if self._matches(condition, stream) and action.endswith("sel"):
                state = action == "+sel"
        return state

    def weight(self, stream: Stream) -> int:
        weight = 0
        for action, condition in self._steps:
            if action.endswith("sel") or not self._matches(condition, stream):
                continue
            number = int(action[1:])
            weight = {"=": number, "+": weight + number, "-": weight - number}[action[0]]
        return weight

    def _matches(self, condition: str, stream: Stream) -> bool:
        self._rest = re.findall(r"[a-z]+|[()|&*!~]", condition)
        assert "".join(self._rest) == condition, f"not in the grammar: {condition}"
        result = self._either(stream)
        assert not self._rest, f"not read to its end: {condition}"
        return result

    def _either(self, stream: Stream) -> bool:
        result = self._both(stream)
        while self._rest[:1] == ["|"]:
            self._rest.pop(0)
            result = self._both(stream) or result
        return result

    def _both(self, stream: Stream) -> bool:
        result = self._one(stream)
        while self._rest and self._rest[0] in "&*":
            self._rest.pop(0)
            result = self._one(stream) and result
        return result

    def _one(self, stream: Stream) -> bool:
        token = self._rest.pop(0)
        if token in ("!", "~"):
            return not self._one(stream)
        if token == "(":
            result = self._either(stream)
            assert self._rest.pop(0) == ")"
            return result
        special = stream.commentary or stream.audio_description
        facts = {
            "all": True,
            "video": stream.kind == "video",
            "audio": stream.kind == "audio",
            "subtitle": stream.kind == "subtitle",
            "special": special,
            "forced": stream.forced,
            "core": stream.core and not special,
            "nolang": stream.language is None,
        }
        if token not in facts:
            assert re.fullmatch("[a-z]{3}", token), f"not in the grammar: {token}"
            return stream.language == token
        return facts[token]


def evaluated(policy: TrackPolicy, *streams: Stream, told: bool = True) -> list[Stream]:
    evaluator = SelectionEvaluator(selection_string(policy, [streams] if told else []))
    return [stream for stream in streams if evaluator.selected(stream)]


def chosen(policy: TrackPolicy, *streams: Stream) -> list[Stream]:
    return [streams[c.place] for c in sorted(choose_tracks(streams, policy), key=lambda c: c.place) if c.kept]


@given(streams_of_titles, policies)
def test_it_keeps_at_least_what_the_policy_keeps(streams: tuple[Stream, ...], policy: TrackPolicy) -> None:
    left = evaluated(policy, *streams)
    for stream in chosen(policy, *streams):
        assert stream in left


def _is_plain(stream: Stream) -> bool:
    return not (stream.audio_description or (stream.commentary and stream.core))


@given(
    streams_of_titles.map(lambda streams: tuple(filter(_is_plain, streams))).filter(
        lambda streams: any(s.kind == "audio" and not (s.commentary or s.core) for s in streams)
    ),
    policies,
)
def test_it_keeps_exactly_that_where_the_grammar_can_say_so(
    streams: tuple[Stream, ...], policy: TrackPolicy
) -> None:
    assert evaluated(policy, *streams) == chosen(policy, *streams)


def test_languages_that_one_title_needs_are_kept_of_all() -> None:
    policy = TrackPolicy(("eng",))
    titles = [(VIDEO, sound("eng"), sound("fre")), (VIDEO, sound("fre"), sound("ger"))]
    evaluator = SelectionEvaluator(selection_string(policy, titles))
    assert [evaluator.selected(sound(code)) for code in ("eng", "fre", "ger")] == [True, True, False]


def test_a_description_saves_the_commentary_that_cannot_be_told_from_it() -> None:
    policy = TrackPolicy(keep_commentary=False)
    commentary, described = sound("eng", commentary=True), sound("eng", audio_description=True)
    assert evaluated(policy, sound("eng"), commentary) == [sound("eng")]
    assert evaluated(policy, sound("eng"), commentary, described) == [sound("eng"), commentary, described]


def test_without_wishes_nothing_is_deselected() -> None:
    assert selection_string(TrackPolicy()) == "+sel:all,=100:all,+10:special"


def test_asides_weigh_more_and_come_last() -> None:
    evaluator = SelectionEvaluator(selection_string(TrackPolicy(("eng",), ("eng",), keep_commentary=False)))
    weights = [
        evaluator.weight(stream) for stream in (sound("eng"), sound("fre"), words("eng", commentary=True))
    ]
    assert weights == [100, 100, 110]


def test_the_profile_is_sound_xml_with_the_selection_everywhere() -> None:
    policy = TrackPolicy(("eng", "fre"), ("eng",), keep_commentary=False, keep_core_audio=False)
    root = ElementTree.fromstring(profile_xml(policy).encode())
    assert root.tag == "profile"
    outputs = {node.get("name") for node in root.iter("outputSettings")}
    rules = list(root.iter("output"))
    assert [node.get("input") for node in root.iter("trackSettings")] == [
        "default",
        "LPCM-stereo",
        "LPCM-multi",
    ]
    assert {node.get("defaultSelection") for node in rules} == {selection_string(policy)}
    assert {node.get("outputSettingsName") for node in rules} == outputs
    assert root.findtext("name") not in (None, "", ":5086")
    flags = root.find("mkvSettings")
    assert flags is not None
    assert flags.get("setFirstSubtitleTrackAsDefault") == flags.get("ignoreForcedSubtitlesFlag") == "false"


LINE = re.compile(r'[a-zA-Z_]+ = "(?:[^"\\\x00-\x1f]|\\["\\])*"')


def settings_of(text: str) -> dict[str, str]:
    lines = text.removesuffix("\n").split("\n")
    assert all(LINE.fullmatch(line) for line in lines), lines
    pairs = [line.split(" = ", 1) for line in lines]
    return {name: re.sub(r"\\(.)", r"\1", value[1:-1]) for name, value in pairs}


def test_settings_hold_the_key_and_no_update_check() -> None:
    found = settings_of(settings_conf(" T-abc@123_\n", 30))
    assert found == {
        "app_Key": "T-abc@123_",
        "app_UpdateEnable": "0",
        "app_InterfaceLanguage": "eng",
        "app_DefaultSelectionString": selection_string(TrackPolicy()),
        "dvd_MinimumTitleLength": "30",
    }
    assert "app_Key" not in settings_of(settings_conf("  "))


@pytest.mark.parametrize(
    "key", ['x" \napp_DestinationDir = "/etc', "\\", '\\"', "a\r\nb", "\0", "a\x85b\u2028c"]
)
def test_a_hostile_key_breaks_nothing(key: str) -> None:
    found = settings_of(settings_conf(key))
    assert "app_DestinationDir" not in found
    assert found["app_UpdateEnable"] == "0"


@given(st.text(max_size=40))
def test_any_key_is_one_line(key: str) -> None:
    text = settings_conf(key)
    assert len(text.splitlines()) == len(settings_of(text))
