"""What stations that share a database ask of each other."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from engramd.models.base import Model, time_field, utcnow


class StationCall(Model, table=True):
    """A call of a bus that is for a job of another `station`: what is asked, and what came of it.

    `key` is what its object stands for (JSON), `body` and `result` are GVariants as text. An error has the
    `error_code` of its name on the bus, and its parts as JSON.
    """

    __tablename__ = "station_calls"

    id: int | None = Field(default=None, primary_key=True)
    station: str = Field(index=True)
    asked_at: str
    at: AwareDatetime = time_field(default_factory=utcnow)
    actor: str
    path: str
    interface: str
    method: str
    key: str
    body: str
    taken_at: AwareDatetime | None = time_field()
    done_at: AwareDatetime | None = time_field()
    result: str = ""
    error_code: str = ""
    error: str = ""
