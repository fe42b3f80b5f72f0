"""Who else is at work on this desk at this moment.

Where several processes share one PostgreSQL, each holds a shared advisory lock on a connection of its own for as long as it
lives; how many hold it is how many there are. The server lets go of a dead process's lock by itself, so there is no table
to clean, no lease to renew and no clock to trust. A SQLite desk has one process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from desk.storage import Database

# Any number below 2**31 will do, as long as it is always the same one.
HERE = 0x686F7572
HOLD = text("SELECT pg_advisory_lock_shared(:key)")
COUNT = text(
    "SELECT count(DISTINCT pid) FROM pg_locks"
    " WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Presence:
    """This process among those at work on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._known = 1
        self._one_at_a_time = threading.Lock()

    def count(self) -> int:
        """Say that we are here, and return how many are, ourselves included.

        While the database is away the last answer counts: nothing can be done then anyway.
        """
        if self._database.is_sqlite:
            return 1
        with self._one_at_a_time:
            try:
                self._known = self._ask()
            except DBAPIError:
                self._let_go()
            return self._known

    def leave(self) -> None:
        """Be counted no more."""
        with self._one_at_a_time:
            self._let_go()

    def _ask(self) -> int:
        if self._connection is None:
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._connection = engine.connect()
            self._connection.execute(HOLD, {"key": HERE})
        return max(1, int(self._connection.execute(COUNT, {"key": HERE}).scalar_one()))

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # Closed for good: a connection that went back to the pool would go on holding the lock.
            connection.invalidate()
            connection.close()
