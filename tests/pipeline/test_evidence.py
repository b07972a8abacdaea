"""The evidence of a ripped title is collected once, and again where a power cut spoilt it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from engramd.match import Evidence
from engramd.models import AppConfig, DiscTitle
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.tools import CancelToken, Tools
from tests.rip.samples import text_sample


class Collected:
    """A ripped title whose evidence was collected."""

    def __init__(self, root: Path) -> None:
        self.folder = JobFolder.of(root, 1)
        self.folder.make()
        video = text_sample(self.folder.rip_target(0, 1), {"eng": 3})
        self.title = DiscTitle(job_id=1, title_index=0, staging_file=str(video))
        self.file = self.folder.evidence(0)
        self.collect()

    def collect(self) -> None:
        """Have the evidence collected as a start of the daemon does."""
        settings = SimpleNamespace(current=AppConfig())
        parts = cast(Parts, SimpleNamespace(settings=settings, tools=Tools()))
        found = EvidenceCollector(parts, CancelToken()).begin(self.folder, self.title).result(60)
        assert found == self.file


@pytest.fixture
def collected(tmp_path: Path) -> Collected:
    """Give such a title."""
    return Collected(tmp_path)


def test_what_was_collected_is_not_collected_again(collected: Collected) -> None:
    before = collected.file.stat()

    collected.collect()

    assert collected.file.stat() == before


@pytest.mark.parametrize("left", [b"", b"\0" * 4096, b'{"duration": 12'], ids=["nothing", "zeros", "a part"])
def test_what_a_power_cut_left_of_it_is_collected_again(collected: Collected, left: bytes) -> None:
    collected.file.write_bytes(left)

    collected.collect()

    assert Evidence.model_validate_json(collected.file.read_bytes()).duration > 0
