"""Where news go: addresses, media servers, and a person's hooks. Nobody is asked, and nothing is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

from engramd.models import AppConfig
from engramd.notify.apprise import INSTALL, name_of
from engramd.notify.hooks import find_hooks
from engramd.pipeline.findings import Finding

#: Media servers: the settings of their address and of their key.
SERVERS = {
    "Plex": ("plex_url", "plex_token"),
    "Jellyfin": ("jellyfin_url", "jellyfin_api_key"),
    "Emby": ("emby_url", "emby_api_key"),
}


def check_targets(settings: AppConfig) -> Iterator[Finding]:
    """Say which addresses are told what happens; of an address only its service's name is told."""
    urls = settings.apprise_urls.split()
    if urls:
        yield _apprise(urls, is_there=find_spec("apprise") is not None)
    for name, (url, key) in SERVERS.items():
        if getattr(settings, url):
            yield _server(name, url, key, has_key=bool(getattr(settings, key)))
    if not urls and not any(getattr(settings, url) for url, _ in SERVERS.values()):
        text = "nobody is told what happens (apprise_urls, plex_url, jellyfin_url and emby_url are empty)"
        yield Finding("notify", text, short="no notifications")


def _apprise(urls: list[str], *, is_there: bool) -> Finding:
    names = ", ".join(dict.fromkeys(map(name_of, urls)))
    if not is_there:
        text = f"notifications ({names}) do not go out: Apprise is not installed"
        return Finding("notify", text, INSTALL, "warning")
    many = f"{len(urls)} address{'' if len(urls) == 1 else 'es'}"
    text = f"notifications go to {many} ({names}); `engramctl notify test` tries them"
    return Finding("notify", text, short=many)


def _server(name: str, url: str, key: str, *, has_key: bool) -> Finding:
    if has_key:
        return Finding(f"server-{name.lower()}", f"{name} is told what was filed", short=name)
    text = f"{name} is to be told what was filed, and has no key ({key})"
    return Finding(f"server-{name.lower()}", text, f"engramctl config set {key}", "warning")


def check_hooks(settings: AppConfig) -> Iterator[Finding]:
    """Say which hooks run, and which do not because others could change them. Blocks as its folder does."""
    folder = Path(settings.hooks_path or "/nonexistent")
    hooks, refused = find_hooks(folder)
    for path, why in refused.items():
        text = f"the hook {path.name} is not run: {why.partition(';')[0]}"
        yield Finding(f"hook-{path.name}", text, _mend(folder, path), "warning", str(path))
    if hooks:
        names = ", ".join(hook.name for hook in hooks)
        many = f"{len(hooks)} hook{'' if len(hooks) == 1 else 's'}"
        yield Finding("hooks", f"{many} for what happens: {names}", where=str(folder), short=many)
    elif not refused:
        yield Finding("hooks", f"there are no hooks ({folder})", where=str(folder), short="no hooks")


def _mend(folder: Path, hook: Path) -> str:
    """Give the command that takes a hook, or its folder, away from others."""
    wrong = next((path for path in (folder, hook) if _is_open(path)), hook)
    return f"sudo chown root {quote(str(wrong))} && sudo chmod go-w {quote(str(wrong))}"


def _is_open(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)) or status.st_uid not in (0, os.geteuid())
