"""The base of all tables: validates before it sets, and requires what has no default.

SQLModel skips validation for tables, and Pydantic's own `validate_assignment` leaves the bad value on the
object, so that the next commit stores it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import DateTime, Dialect, Enum, TypeDecorator
from sqlalchemy.types import TypeEngine
from sqlmodel import AutoString, Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from engramd.errors import InvalidArgument


def _adapter(model: type[SQLModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotation: Any = field.annotation
    limits = [limit for limit in field.metadata if isinstance(limit, Hashable)]
    return _adapter_of(Annotated[annotation, *limits] if limits else annotation)


@cache
def _adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """Give the one adapter of a type: most fields share theirs, and each takes memory."""
    return TypeAdapter(annotation)


class Model(SQLModel):
    """A table row whose attributes are always valid. Bad values raise InvalidArgument and change nothing."""

    model_config = SQLModelConfig(defer_build=True)

    def __init__(self, **values: Any) -> None:
        fields = type(self).model_fields
        missing = [name for name, field in fields.items() if field.is_required() and name not in values]
        unknown = sorted(values.keys() - fields.keys())
        if missing or unknown:
            what = f"{type(self).__name__} lacks {', '.join(missing)}" if missing else "unknown fields"
            raise InvalidArgument(what, where=", ".join(missing or unknown))
        super().__init__(**self.validated(values))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            value = self.validated({name: value})[name]
        super().__setattr__(name, value)

    @classmethod
    def validated(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values as they would be stored, or raise InvalidArgument for the first bad one."""
        valid = {}
        for name, value in values.items():
            try:
                valid[name] = _adapter(cls, name).validate_python(value)
            except ValidationError as error:
                why = error.errors()[0]["msg"]
                raise InvalidArgument(f"{value!r} is no {name}", where=cls.__name__, why=why) from error
        return valid


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times; the database sees naive UTC, which every back end can store and compare."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware time into naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


def share_types() -> None:
    """Let all text columns of one length have one type, and all times: SQLAlchemy makes a class for each."""
    known: dict[tuple[type, int | None], TypeEngine[Any]] = {}
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, AutoString | UtcDateTime):
                key = type(column.type), getattr(column.type, "length", None)
                column.type = known.setdefault(key, column.type)


def utcnow() -> datetime:
    """Give the present time, aware, in UTC."""
    return datetime.now(UTC)


def _values(enum: Iterable[StrEnum]) -> list[str]:
    return [member.value for member in enum]


def enum_type(enum: type[StrEnum], name: str) -> Enum:
    """Give a column type that stores an enum's strings, held by a CHECK constraint."""
    return Enum(
        enum, native_enum=False, create_constraint=True, name=name, length=24, values_callable=_values
    )


def time_field(**options: Any) -> Any:
    """Give a field for an aware time; without a default it is None."""
    if "default_factory" not in options:
        options["default"] = None
    return Field(sa_type=UtcDateTime, **options)
