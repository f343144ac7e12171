"""What can go wrong with the memory, in the hub's own words."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

from reconcile.errors import HubError


class StoreOut(HubError):
    """The store cannot be used now; nothing of the last transaction was kept."""


class LeaseHeld(HubError):
    """Another run works on this entity."""

    def __init__(self, entity: str, owner: str, until: str) -> None:
        super().__init__(
            f"{owner} is working on {entity} until {until}: wait for it, or for that time if it has died"
        )
        self.entity = entity
        self.owner = owner
        self.until = until


class LeaseLost(HubError):
    """Another run took over; this transaction was not kept and no later one will be."""

    def __init__(self, entity: str, token: int) -> None:
        super().__init__(f"the lease on {entity} (token {token}) was taken over or released: start a new run")
        self.entity = entity
        self.token = token


# Beginnings of sqlite's own names for what went wrong (https://sqlite.org/rescode.html).
_SQLITE = {
    "SQLITE_FULL": "the disk of the store is full: free some space and run again",
    "SQLITE_READONLY": "the store cannot be written: check the owner and mode of the file and its folder",
    "SQLITE_PERM": "the store cannot be written: check the owner and mode of the file and its folder",
    "SQLITE_BUSY": "the store is locked by another process: wait for it to end, or close what has it open",
    "SQLITE_LOCKED": "the store is locked by another transaction here: end it before the next begins",
    "SQLITE_CANTOPEN": "the store cannot be opened: check that its folder exists and may be written",
    "SQLITE_IOERR": "the disk of the store fails: check it before running again",
    "SQLITE_CORRUPT": "the store is damaged: restore it from a backup",
    "SQLITE_NOTADB": "this file is no store: check `state` in hub.yaml",
}


def translate(error: DBAPIError) -> StoreOut | None:
    """What to do about a database that does not serve; None for a fault of our own statement."""
    name = getattr(error.orig, "sqlite_errorname", "")
    for prefix, advice in _SQLITE.items():
        if name.startswith(prefix):
            return StoreOut(advice)
    if error.connection_invalidated or isinstance(error, OperationalError):
        return StoreOut("the store does not answer: check that its database runs and `state` in hub.yaml")
    return None
