"""What the database reads for a piece of work: each statement is explained as it ran, rows and buffers added up.

A clock on a busy machine proves nothing about growth; rows that were looked at and pages that were touched do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

DATA = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: rows that its scans looked at (also those that a filter threw away), pages of 8 kB it touched."""

    sql: str
    rows: int
    buffers: int


@dataclass
class Explained:
    """All statements of a piece of work."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that were looked at."""
        return sum(statement.rows for statement in self.statements)

    @property
    def buffers(self) -> int:
        """Pages that were touched, in memory or not."""
        return sum(statement.buffers for statement in self.statements)

    @property
    def dearest(self) -> Statement:
        """The statement that touched most."""
        return max(self.statements, key=lambda statement: statement.buffers)


@contextmanager
def explained() -> Iterator[Explained]:
    """Explain all that is done in the block; it needs a transaction, because what is explained is undone first."""
    from django.db import connection

    found = Explained()

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").upper().startswith(DATA) and not many:
            found.statements.append(_explain(context["cursor"].cursor, sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def _explain(cursor: Any, sql: str, params: Any) -> Statement:
    """Run it once, explained, and put everything back; the savepoint takes part in no signal of Django's."""
    cursor.execute("savepoint explained")
    cursor.execute(f"explain (analyze, buffers, timing off, format json) {sql}", params)
    answer = cursor.fetchone()[0]
    cursor.execute("rollback to savepoint explained")
    cursor.execute("release savepoint explained")
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return Statement(sql=sql, rows=sum(_rows(plan)), buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _rows(plan: dict[str, Any]) -> Iterator[int]:
    """Yield what each scan looked at; PostgreSQL tells averages of the loops."""
    if "Scan" in plan["Node Type"]:
        thrown_away = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield round((plan["Actual Rows"] + thrown_away) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _rows(part)
