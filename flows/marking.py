"""A mark beside the store: how far the hub had come. A store behind its mark was restored from a backup.

The mark is a small file that no backup of the database holds. A restored store would take what the systems
show for news against what was agreed on long ago, so it refuses to work until every link was looked at anew.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from reconcile.errors import HubError
from reconcile.state import audit, restored, runs
from reconcile.state.engine import Store
from reconcile.state.errors import StoreOut


class Restored(HubError):
    """The store is older than what the hub did last."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the hub had come."""

    run: int
    """The newest run."""
    event: int
    """The newest event of the audit, and its seal."""
    seal: str
    numbers: dict[str, int]
    """By table the highest number that was given out: none is given out again."""


def place(state_url: str, folder: Path) -> Path:
    """Where the mark of a store is: beside its file, or in the project folder of a database elsewhere."""
    url = make_url(state_url)
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}.mark")
    return folder / f"{url.database}.mark"


def refuse_restored(store: Store, path: Path) -> None:
    """Raises Restored when the store does not know what its mark knows."""
    mark = read(path)
    if mark is None:
        return
    with store.read() as conn:
        newest, known = runs.newest(conn), audit.seal_of(conn, mark.event)
    if newest < mark.run or known != mark.seal:
        raise Restored(
            f"the store ends at run {newest}, and the hub's last was run {mark.run}: it came from a backup. "
            "Nothing is done with it before `klantbeeld sync --after-restore` has read every system again; "
            f"if you began anew on purpose, delete {path.name} instead"
        )


def keep(store: Store, path: Path) -> None:
    """Write down how far the hub has come; the file is whole whatever happens meanwhile. Raises StoreOut."""
    with store.read() as conn:
        mark = _now(conn)
    if mark == read(path):
        return
    fresh = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(asdict(mark)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise StoreOut(f"{path.name} cannot be written ({error.strerror}): check its folder") from error


def read(path: Path) -> Mark | None:
    """The mark; None before the first run. Raises Restored for a file that is none."""
    if not path.exists():
        return None
    try:
        return Mark(**orjson.loads(path.read_bytes()))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise Restored(
            f"{path.name} is damaged, so nobody knows whether the store is the newest; "
            "`klantbeeld sync --after-restore` looks at everything anew"
        ) from error


def _now(conn: Connection) -> Mark:
    return Mark(runs.newest(conn), *audit.last(conn), restored.numbers(conn))
