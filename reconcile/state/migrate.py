"""Bring a database to the tables of this version."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from reconcile.state.errors import StoreOut
from reconcile.state.sql import only_one

FOLDER = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest revision that ships; files are called after theirs, so Alembic is not needed to know."""
    return max(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def to_head(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction; one process at a time.

    Raises StoreOut for a store that a newer version of Klantbeeld wrote.
    """
    with engine.connect() as conn:
        conn = conn.execution_options(immediate=False)
        if _revision(conn) == head():
            return
    with engine.begin() as conn:
        only_one(conn, "migrate")
        found = _revision(conn)
        if found > head():
            raise StoreOut(f"the store is of a newer version ({found} after {head()}): upgrade Klantbeeld")
        if found < head():
            upgrade(conn)


def upgrade(conn: Connection, to: str = "head") -> None:
    """Migrate inside the caller's transaction."""
    from alembic import command  # a fifth of a second that only a migration needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, to)


def _revision(conn: Connection) -> str:
    if not inspect(conn).has_table("alembic_version"):
        return ""
    return conn.execute(text("select version_num from alembic_version")).scalar() or ""
