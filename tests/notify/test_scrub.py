"""No message tells a secret, or where on the machine files lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.models import AppConfig
from engramd.notify.scrub import scrubbed
from engramd.settings.secrets import SECRETS

CASES = [
    ("filed /srv/media/tv/Show/a.mkv", "filed …/a.mkv"),
    ("'/srv/media/tv/a.mkv': full", "'…/a.mkv': full"),
    ("the folder (/srv/my media/tv) is away", "the folder (…/tv) is away"),
    ("/srv/my media/tv/Show/a.mkv", "…/tv/Show/a.mkv"),
    ("https://api.example.org/3/tv/5 gives no answer", "https://api.example.org/3/tv/5 gives no answer"),
    ("/dev/sr0 is stuck", "/dev/sr0 is stuck"),
    ("12/10 and 1/2", "12/10 and 1/2"),
    ("/srv/media/", "…/media"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_of_a_path_its_last_part_stays(text: str, expected: str) -> None:
    assert scrubbed(text, AppConfig(id=1, library_tv_path="/srv/my media/tv")) == expected


def test_a_known_folder_with_blanks_in_its_name_goes_whole() -> None:
    text = "cannot write /var/lib/my state/staging/job_1/title.mkv"

    assert "/var/lib" not in scrubbed(text, AppConfig(id=1), ["/var/lib/my state/staging/job_1"])


@pytest.mark.parametrize("name", sorted(SECRETS))
@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_secret_is_told(name: str, before: str, after: str) -> None:
    secret = "tgram://s3cr3t-t0ken/chat" if name == "apprise_urls" else "s3cr3t-t0ken"
    config = AppConfig(id=1, **{name: secret})

    assert "s3cr3t" not in scrubbed(f"{before}{secret}{after}", config)
