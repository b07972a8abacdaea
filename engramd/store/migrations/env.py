"""Alembic's environment: the URL is handed over by the caller, the metadata are the models'."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import engramd.models
import engramd.models.stations  # noqa: F401 - both fill the metadata
from engramd.store.engine import open_engine

engine = open_engine(context.config.attributes["url"])
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # Its driver begins no transaction for DDL: an interruption would leave half of a schema.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
