"""How the text of a setting must look: what `Describe` says of it, and what is enforced. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: Characters of a value; all values are sent with every change of one.
LONGEST = 4096

_TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
_ADDRESS = r"https?://[^\/@?#\s]+(\/[^?#\s]*)?"
_NOTIFICATION = "[A-Za-z][A-Za-z0-9]*://[^ ]+"


@dataclass(frozen=True)
class Format:
    """A kind of text. The whole value matches `pattern` (empty: any text does); `sentence` says so.

    The patterns are those of HTML forms, too. What matches can be refused for further reasons.
    """

    name: str
    pattern: str = ""
    sentence: str = ""


TEXT = Format("text")
PATH = Format("path", "(/.*)?", "must be an absolute path")
PATHS = Format("paths", "(/[^:]*)?(:(/[^:]*)?)*", "must be an absolute path, or several with : between")
URL = Format("url", _ADDRESS, "must be an address such as https://example.org/path")
SERVER = Format("url", f"({_ADDRESS})?", URL.sentence)
LANGUAGE = Format("language", "([a-z]{2,3}(-[A-Z]{2})?)?", "is a language such as de or de-DE")
LANGUAGES = Format("languages")
TEMPLATE = Format("template")
TIME = Format("time", f" *{_TIME} *", "is a time of day such as 21:00")
HOURS = Format("hours", f" *( *{_TIME} *- *{_TIME} *)?", "is empty, or hours such as 22:00-07:00")
PATH_MAP = Format("path_map")
FILE_MODE = Format(
    "mode", "0?6[0246][0246]", "is an octal mode that lets its owner in and makes nothing a program"
)
FOLDER_MODE = Format("mode", "[02]?7[0-7][0-7]", "is an octal mode that lets its owner in")
NOTIFICATIONS = Format(
    "urls",
    f" *({_NOTIFICATION}( +{_NOTIFICATION})* *)?",
    "must be addresses such as ntfys://TOPIC with blanks between",
)

#: The formats of settings that are text; what is not here may be any line.
FORMATS: dict[str, Format] = {
    "library_tv_path": PATH,
    "library_movies_path": PATH,
    "library_other_path": PATH,
    "staging_path": PATH,
    "references_path": PATH,
    "subtitles_cache_path": PATH,
    "speech_model_path": PATH,
    "tesseract_path": PATH,
    "ffmpeg_path": PATH,
    "makemkv_path": PATH,
    "hooks_path": PATH,
    "import_paths": PATHS,
    "discdb_url": URL,
    "tmdb_url": URL,
    "opensubtitles_url": URL,
    "plex_url": SERVER,
    "jellyfin_url": SERVER,
    "emby_url": SERVER,
    "metadata_language": LANGUAGE,
    "reference_languages": LANGUAGES,
    "audio_languages": LANGUAGES,
    "subtitle_languages": LANGUAGES,
    "naming_tv_show_format": TEMPLATE,
    "naming_season_format": TEMPLATE,
    "naming_episode_format": TEMPLATE,
    "naming_movie_format": TEMPLATE,
    "naming_movie_file_format": TEMPLATE,
    "notify_evening": TIME,
    "quiet_hours": HOURS,
    "media_server_path_map": PATH_MAP,
    "file_mode": FILE_MODE,
    "folder_mode": FOLDER_MODE,
    "apprise_urls": NOTIFICATIONS,
}


def format_of(name: str) -> Format:
    """Give the format of a setting that is text."""
    return FORMATS.get(name, TEXT)
