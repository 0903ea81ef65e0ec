"""One run per System at a time: a PostgreSQL advisory lock, which frees itself when the process dies.

A cache key would outlive a killed worker; a row lock would need one transaction around the whole run.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

from django.db import connection

from ..errors import Busy

# The first of the two numbers of pg_try_advisory_lock(int, int), so that other users of advisory locks are not met.
NAMESPACE = 0x776F77


@contextlib.contextmanager
def exclusive(system_id: uuid.UUID, name: str) -> Iterator[None]:
    """Hold the System, or raise Busy at once."""
    number = int.from_bytes(system_id.bytes[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [NAMESPACE, number])
        (held,) = cursor.fetchone()
    if not held:
        raise Busy(f"{name}: another run is working on this System; wait for it to end and run again")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [NAMESPACE, number])
