"""What MakeMKV is told: its profile, its selection of tracks, its settings; never those of the person.

A selection is a list of `action:condition`, applied to every track from left to right. `+sel` and `-sel`
choose and drop; `=N` and `+N` set the weight, and lighter tracks come first. Conditions are joined by `|`,
`*` (and) and `!` (not). MakeMKV's forum describes the grammar ("Changing default track selection").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engramd.discs.model import Stream
from engramd.rip.tracks import TrackPolicy, only_sound, rescued_language

_ORDER = ("=100:all", "+10:special")
#: MakeMKV copies every track but PCM, which is put into Matroska as it is, as in its own profile.
_OUTPUTS = (("default", "copy"), ("LPCM-stereo", "lpcm"), ("LPCM-multi", "wavex"))
_FORMATS = (("copy", "directCopy"), ("lpcm", "LPCM-raw"), ("wavex", "LPCM-wavex"))


def selection_string(policy: TrackPolicy, titles: Iterable[Sequence[Stream]] = ()) -> str:
    """Give the selection that keeps what `choose_tracks` keeps of these titles (their streams).

    A selection knows one track at a time and one run has one selection, so it cannot say everything:

    * "the last main track is never dropped" is said by naming the languages that `titles` need for it;
    * `special` is commentary as well as audio description and sound for children: where commentary is not
      wanted and one of `titles` has an audio description, all of it is kept;
    * `core` never matches a special track, so the core of a commentary is kept.

    In each case it keeps more than `choose_tracks` would, never less.
    """
    known = [tuple(streams) for streams in titles]
    rescued = sorted({code for streams in known if (code := rescued_language(streams, policy)) is not None})
    steps = ["+sel:all", *_audio(policy, rescued), *_subtitles(policy, rescued)]
    described = any(stream.audio_description for streams in known for stream in streams)
    if not policy.keep_commentary and not described:
        steps.append("-sel:((audio|subtitle)*special)")
    if not policy.keep_core_audio:
        steps.append("-sel:core")
    return ",".join((*steps, *_only_sounds(known, policy), *_ORDER))


def profile_xml(policy: TrackPolicy, titles: Iterable[Sequence[Stream]] = ()) -> str:
    """Give the text of a profile for `--profile=FILE`.

    Its name must not be that of MakeMKV's own profile, which would then be used instead. Flags and names are
    set afterwards, by the header edit, so MakeMKV sets no default subtitle.
    """
    from xml.sax.saxutils import quoteattr  # it loads urllib, and few need it

    selection = quoteattr(selection_string(policy, titles))
    formats = "".join(
        f'  <outputSettings name="{name}" outputFormat="{form}">\n'
        f'    <description lang="eng">{name}</description>\n  </outputSettings>\n'
        for name, form in _FORMATS
    )
    tracks = "".join(
        f'  <trackSettings input="{kind}">\n'
        f'    <output outputSettingsName="{name}" defaultSelection={selection}/>\n  </trackSettings>\n'
        for kind, name in _OUTPUTS
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<profile>\n  <name lang="eng">engramd</name>\n'
        '  <mkvSettings ignoreForcedSubtitlesFlag="false" useISO639Type2T="false"\n'
        '    setFirstAudioTrackAsDefault="true" setFirstSubtitleTrackAsDefault="false"\n'
        '    setFirstForcedSubtitleTrackAsDefault="false" insertFirstChapter00IfMissing="true"/>\n'
        f"  <profileSettings app_DefaultSelectionString={selection}/>\n{formats}{tracks}</profile>\n"
    )


def settings_conf(key: str, minimum_length: int = 0) -> str:
    """Give the text of `HOME/.MakeMKV/settings.conf`; without `key` MakeMKV runs its time of evaluation.

    `minimum_length` is in seconds, and the same that the command line names; what is selected is said anew by
    the profile of each rip. A key is one word: white space
    in it, as an e-mail breaks lines, is left out, and so are other characters that cannot be seen.
    """
    values = {
        "app_UpdateEnable": "0",
        "app_InterfaceLanguage": "eng",
        "dvd_MinimumTitleLength": str(max(0, minimum_length)),
        "app_DefaultSelectionString": selection_string(TrackPolicy()),
    }
    if key.strip():
        values["app_Key"] = "".join(key.split())
    return "".join(f'{name} = "{_escaped(value)}"\n' for name, value in sorted(values.items()))


def _audio(policy: TrackPolicy, rescued: list[str]) -> list[str]:
    wanted = policy.audio()
    if not wanted:
        return []
    steps = ["-sel:audio", f"+sel:(audio*{_any_of(wanted)})"]
    # Core audio is no main track, but it belongs to one.
    return [*steps, f"+sel:(audio*({'|'.join(rescued)})*!special)"] if rescued else steps


def _subtitles(policy: TrackPolicy, rescued: list[str]) -> list[str]:
    if not policy.subtitles():
        return []
    heard = (*policy.audio(), *rescued) if policy.audio() else ()
    forced = f"forced*{_any_of(heard)}" if heard else "forced"
    return [
        "-sel:subtitle",
        f"+sel:(subtitle*{_any_of(policy.subtitles())})",
        f"+sel:(subtitle*{forced}*!special)",
    ]


def _any_of(languages: Sequence[str]) -> str:
    return f"({'|'.join((*languages, 'nolang'))})"


def _only_sounds(titles: list[tuple[Stream, ...]], policy: TrackPolicy) -> list[str]:
    """Keep the sound of titles that have no other, whatever it is."""
    places = [(streams, only_sound(streams, policy)) for streams in titles]
    languages = {streams[place].language or "nolang" for streams, place in places if place is not None}
    return [f"+sel:(audio*({'|'.join(sorted(languages))}))"] if languages else []


def _escaped(value: str) -> str:
    visible = "".join(character for character in value if character.isprintable())
    return visible.replace("\\", "\\\\").replace('"', '\\"')
