"""The database: engine, sessions, queries, migrations."""

from engramd.store.engine import default_url, open_engine
from engramd.store.revision import is_current, migrate_in_child
from engramd.store.store import Store

__all__ = ["Store", "default_url", "is_current", "migrate_in_child", "open_engine"]
