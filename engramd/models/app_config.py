"""What a person can set; one row. Each field's description is what `Describe` and the documentation say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Limits
from sqlalchemy import BigInteger
from sqlmodel import Field

from engramd.models.base import Model, enum_type
from engramd.models.enums import (
    CleanupPolicy,
    ConflictResolution,
    EditionsPolicy,
    EpisodeOrder,
    ExtrasPolicy,
    FolderTitle,
    NamingPreset,
    NotifyWhen,
    SubtitleSidecars,
)

#: Marks a setting that is written and never read back.
SECRET = {"json_schema_extra": {"secret": True}}


class AppConfig(Model, table=True):
    """The settings. Paths are absolute or empty; an empty path means: not set, or found by itself."""

    __tablename__ = "app_config"

    id: int | None = Field(default=None, primary_key=True)
    staging_path: str = Field(
        default="", description="Folder for rips on their way; empty: below the state folder."
    )
    library_tv_path: str = Field(default="", description="Library folder for series.")
    library_movies_path: str = Field(default="", description="Library folder for films.")
    library_other_path: str = Field(
        default="", description="Library folder for discs that are neither, when a person says so."
    )
    references_path: str = Field(
        default="", description="Folder of reference subtitles: SHOW/…/S01E02*.srt and the usual spellings."
    )
    references_wait: Annotated[int, Limits(ge=0, le=2592000)] = Field(
        default=172800,
        description="How long a disc waits for reference subtitles before a person is asked.",
    )
    reference_languages: str = Field(
        default="eng",
        description="Languages of reference subtitles to fetch, best first, as `eng, deu`.",
    )
    subtitles_cache_path: str = Field(
        default="", description="Folder for fetched reference subtitles; empty: below the cache folder."
    )
    import_paths: str = Field(
        default="/srv/media/import",
        description="Folders, separated by colons, from which the service may rip images and import files.",
    )
    import_settle_seconds: Annotated[int, Limits(ge=0, le=3600)] = Field(
        default=10, description="How long a file must not change before it is imported."
    )
    ffmpeg_path: str = Field(
        default="", description="FFmpeg to use; empty: one that can read discs is found."
    )
    tesseract_path: str = Field(
        default="", description="Tesseract, which reads picture subtitles; empty: the one on the search path."
    )
    speech_enabled: bool = Field(
        default=True, description="Listen to the sound of titles that have no usable subtitles."
    )
    speech_model_path: str = Field(
        default="", description="Folder of a faster-whisper model; empty: the one that `models get` fetched."
    )
    makemkv_path: str = Field(
        default="", description="The program makemkvcon; empty: the one on the search path, if there is one."
    )
    makemkv_key: str = Field(
        default="", repr=False, description="MakeMKV's registration key; a secret.", schema_extra=SECRET
    )
    matcher_min_confidence: Annotated[float, Limits(ge=0.5, le=1.0)] = Field(
        default=0.95, description="Probability from which a match is filed without asking; 1 is certainty."
    )
    max_concurrent_matches: Annotated[int, Limits(ge=1, le=64)] = Field(
        default=2, description="Titles that are examined at the same time."
    )
    extras_policy: ExtrasPolicy = Field(
        default=ExtrasPolicy.KEEP,
        sa_type=enum_type(ExtrasPolicy, "extras_policy"),
        description="Keep, skip or ask about titles that are neither episode nor main feature.",
    )
    extras_min_seconds: Annotated[int, Limits(ge=0, le=86400)] = Field(
        default=15, description="Shorter titles (logos, menus) are never ripped."
    )
    editions_policy: EditionsPolicy = Field(
        default=EditionsPolicy.ALL,
        sa_type=enum_type(EditionsPolicy, "editions_policy"),
        description="Cuts of one film on a disc that differ by more than a minute: all, longest or ask.",
    )
    audio_languages: str = Field(
        default="",
        description="Languages whose sound is kept, best first, as `eng, deu, original`; empty: all.",
    )
    subtitle_languages: str = Field(
        default="",
        description="Languages whose subtitles are kept, best first, as `eng, original`; empty: all.",
    )
    keep_commentary: bool = Field(default=True, description="Keep commentary tracks of the languages kept.")
    keep_core_audio: bool = Field(
        default=True, description="Keep the simpler sound inside a lossless one, for players that need it."
    )
    conflict_resolution_default: ConflictResolution = Field(
        default=ConflictResolution.COMPARE,
        sa_type=enum_type(ConflictResolution, "conflict_resolution"),
        description="When the library has it already: compare (keep both if resolution or cut differ, else"
        " ask), ask, keep_both, replace (the old file goes to the trash) or skip.",
    )
    staging_cleanup_policy: CleanupPolicy = Field(
        default=CleanupPolicy.ON_SUCCESS,
        sa_type=enum_type(CleanupPolicy, "cleanup_policy"),
        description="When a finished job's staging folder goes: on_success, on_completion (failed ones too),"
        " manual or after_days.",
    )
    staging_cleanup_days: Annotated[int, Limits(ge=0, le=3650)] = Field(
        default=7,
        description="How long a finished job's staging folder stays under the cleanup policy after_days.",
    )
    trash_days: Annotated[int, Limits(ge=0, le=3650)] = Field(
        default=30,
        description="How long files stay in a library's trash; less if space is short.",
    )
    naming_preset: NamingPreset = Field(
        default=NamingPreset.PLEX,
        sa_type=enum_type(NamingPreset, "naming_preset"),
        description="Names as this media server likes them: plex or jellyfin.",
    )
    naming_tv_show_format: str = Field(default="", description="Folder of a series; empty: the preset's.")
    naming_season_format: str = Field(default="", description="Folder of a season; empty: the preset's.")
    naming_episode_format: str = Field(default="", description="File of an episode; empty: the preset's.")
    naming_movie_format: str = Field(default="", description="Folder of a film; empty: the preset's.")
    naming_movie_file_format: str = Field(
        default="", description="File of a film; empty: as its folder is called."
    )
    episode_ordering_preference: EpisodeOrder = Field(
        default=EpisodeOrder.AIRED,
        sa_type=enum_type(EpisodeOrder, "episode_order"),
        description="Numbers in the names of episodes: aired, dvd or absolute. Decided once a season.",
    )
    file_mode: str = Field(default="0664", description="Mode of files in the library, octal.")
    folder_mode: str = Field(default="2775", description="Mode of folders made in the library, octal.")
    nfo_enabled: bool = Field(default=False, description="Write .nfo files beside films and episodes.")
    poster_enabled: bool = Field(
        default=False, description="Fetch posters of films and series from TMDB into their folders."
    )
    subtitle_sidecars: SubtitleSidecars = Field(
        default=SubtitleSidecars.OFF,
        sa_type=enum_type(SubtitleSidecars, "subtitle_sidecars"),
        description="Subtitles beside a title: off, captions (as .srt) or ocr (pictures read too).",
    )
    plex_url: str = Field(default="", description="Address of Plex, to tell it what was filed; empty: none.")
    plex_token: str = Field(default="", repr=False, description="Plex' token; a secret.", schema_extra=SECRET)
    jellyfin_url: str = Field(
        default="", description="Address of Jellyfin, to tell it what was filed; empty: none."
    )
    jellyfin_api_key: str = Field(
        default="", repr=False, description="Jellyfin's API key; a secret.", schema_extra=SECRET
    )
    emby_url: str = Field(default="", description="Address of Emby, to tell it what was filed; empty: none.")
    emby_api_key: str = Field(
        default="", repr=False, description="Emby's API key; a secret.", schema_extra=SECRET
    )
    media_server_path_map: str = Field(
        default="",
        description="Folders as servers in containers see them: /srv/media/tv=/data/tv, several with ;.",
    )
    apprise_urls: str = Field(
        default="",
        repr=False,
        description="Where notifications go, as Apprise's addresses with blanks between; a secret.",
        schema_extra=SECRET,
    )
    notify_when: NotifyWhen = Field(
        default=NotifyWhen.EACH_DISC,
        sa_type=enum_type(NotifyWhen, "notify_when"),
        description="News when all is well: off, each_disc or evening (one digest).",
    )
    notify_evening: str = Field(default="21:00", description="When the digest goes out, local time.")
    quiet_hours: str = Field(
        default="",
        description="Hours without notifications, as 22:00-07:00, but of discs that are needed.",
    )
    hooks_path: str = Field(
        default="/etc/engramd/hooks.d", description="Folder of programs that are run when something happened."
    )
    hooks_seconds: Annotated[int, Limits(ge=1, le=3600)] = Field(
        default=60, description="How long a hook may run."
    )
    review_plot_enabled: bool = Field(
        default=False, description="Show a sentence of plot for each candidate of a question (from TMDB)."
    )
    auto_eject_enabled: bool = Field(default=True, description="Eject a disc as soon as it is ripped.")
    eject_on_failure: bool = Field(
        default=False, description="Eject a disc also when nothing of it could be ripped."
    )
    tray_pulled_in_seconds: Annotated[int, Limits(ge=0, le=600)] = Field(
        default=20,
        description="A disc that is back so soon after its tray was opened was pulled in by the tray: it is"
        " left alone; 0: never.",
    )
    rip_discs_at_start: bool = Field(
        default=True, description="Also handle discs that are in a drive when the service starts."
    )
    rip_inactivity_seconds: Annotated[int, Limits(ge=10, le=86400)] = Field(
        default=1200,
        description="A title without new data for this long is left for the end, then given up.",
    )
    disc_budget_seconds: Annotated[int, Limits(ge=1, le=604800)] = Field(
        default=7200,
        description="How long one disc may give nothing new for its damaged titles, in all.",
    )
    min_free_bytes: int = Field(
        default=1_000_000_000,
        ge=0,
        le=10**18,
        sa_type=BigInteger,
        description="Space that rips and moves always leave free.",
    )
    network_enabled: bool = Field(
        default=True, description="One switch over all sources in the network; each has its own as well."
    )
    discdb_enabled: bool = Field(
        default=False,
        description="Ask TheDiscDB about discs. Sends a disc's content hash. A local index needs no switch.",
    )
    discdb_url: str = Field(default="https://thediscdb.com", description="Address of TheDiscDB.")
    tmdb_enabled: bool = Field(
        default=False, description="Ask TMDB about series and films. Sends: names, years and numbers."
    )
    tmdb_url: str = Field(
        default="https://api.themoviedb.org", description="Address of TMDB; another one forgets the key."
    )
    tmdb_api_key: str = Field(
        default="", repr=False, description="TMDB's key (v3) or token (v4); a secret.", schema_extra=SECRET
    )
    opensubtitles_enabled: bool = Field(
        default=False,
        description="Fetch reference subtitles from OpenSubtitles.com. Sends: names and numbers of episodes.",
    )
    opensubtitles_url: str = Field(
        default="https://api.opensubtitles.com",
        description="Address of OpenSubtitles; another one forgets the key and the password.",
    )
    opensubtitles_api_key: str = Field(
        default="", repr=False, description="OpenSubtitles' API key; a secret.", schema_extra=SECRET
    )
    opensubtitles_username: str = Field(
        default="", repr=False, description="OpenSubtitles' user name; a secret.", schema_extra=SECRET
    )
    opensubtitles_password: str = Field(
        default="", repr=False, description="OpenSubtitles' password; a secret.", schema_extra=SECRET
    )
    subliminal_providers: str = Field(
        default="",
        description="Providers that subliminal asks for subtitles, as `podnapisi, tvsubtitles`; empty: none.",
    )
    metadata_language: str = Field(
        default="", description="Language of names, as en-US; empty: the system's, then English."
    )
    folder_title: FolderTitle = Field(
        default=FolderTitle.LOCALISED,
        sa_type=enum_type(FolderTitle, "folder_title"),
        description="Name of a library folder: localised or original. Decided once for each series and film.",
    )
