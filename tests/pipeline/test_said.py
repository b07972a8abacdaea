"""What people say a disc is: a type, a work, or neither."""

from __future__ import annotations

import pytest

from engramd.errors import InvalidArgument
from engramd.models import ContentType, DiscJob
from engramd.pipeline.options import ImportOptions, RipOptions, type_values
from engramd.pipeline.said import hint_values, identity_in, whose_number


def test_a_disc_may_be_neither_show_nor_film() -> None:
    assert identity_in("other", ()) == {"content_type": "other"}
    assert identity_in("other:Our Holidays", ()) == {"content_type": "other", "title": "Our Holidays"}
    said = hint_values({"content_type": "other"})
    assert said == {"content_type": ContentType.UNKNOWN, "is_other": True}
    job = DiscJob(drive_id="/dev/sr0", tmdb_id=12)
    assert whose_number(job, said)["tmdb_id"] is None, "it is no work that TMDB has"
    assert hint_values({"content_type": "tv"})["is_other"] is False, "a person may think better of it"
    assert "is_other" not in hint_values({"season": 2})


@pytest.mark.parametrize("options", [RipOptions, ImportOptions])
def test_a_type_is_one_of_three(options: type[RipOptions] | type[ImportOptions]) -> None:
    assert options(content_type="other").content_type == "other"
    with pytest.raises(InvalidArgument, match="tv, movie or other"):
        options(content_type="concert")
    assert type_values("other") == {"content_type": ContentType.UNKNOWN, "is_other": True}
    assert type_values("movie") == {"content_type": ContentType.MOVIE, "is_other": False}
    assert type_values("") == {"content_type": ContentType.UNKNOWN, "is_other": False}
