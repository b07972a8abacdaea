"""Alembic's environment: the URL is handed over by the caller, the metadata are the models'."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import engramd.models  # noqa: F401 - fills the metadata
from engramd.store.engine import open_engine

engine = open_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
