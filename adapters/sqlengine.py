"""Opening a database by its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from adapters.errors import SystemOut

WAIT = 10
"""Seconds to wait for a connection, or for a lock of SQLite."""


def engine_for(system: str, address: str, folder: Path) -> tuple[Engine, Path | None]:
    """(an engine that is not connected yet, the file of an SQLite database)

    Raises SystemOut for an address that is none, or that needs a driver that is not installed.
    """
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            file = (folder / (url.database or "")).resolve()
            engine = create_engine(
                url.set(database=str(file)), hide_parameters=True, connect_args={"timeout": WAIT}
            )
            event.listen(engine, "connect", _with_references)
            return engine, file
        wait = (
            {"connect_timeout": WAIT} if url.get_backend_name() in ("postgresql", "mysql", "mariadb") else {}
        )
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=wait), None
    except (ArgumentError, NoSuchModuleError):
        advice = "write one like sqlite:///shop.db"
        raise SystemOut(
            f"{system}: `url` is no database address; {advice}"
        ) from None  # it may hold a password
    except ImportError as error:
        advice = f"the driver for this database is not installed; pip install {error.name}"
        raise SystemOut(f"{system}: {advice}") from error


def _with_references(connection: Any, _record: object) -> None:
    """SQLite looks at foreign keys only when asked to; our deletes must not leave orphans."""
    connection.execute("PRAGMA foreign_keys = ON")
