"""Databases of a measurement: copies of the migrated template. libpq's variables (PGHOST, ...) say where."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psycopg2

PREFIX = "wow_bench"
"""Every database of a measurement starts like this; no other one is written or dropped."""


@contextlib.contextmanager
def copy_of(template: str, name: str) -> Iterator[str]:
    """Make a database for the time of the block; one that an ended run left behind makes room."""
    drop(name)
    _run(f'create database "{name}" template "{template}"')
    try:
        yield name
    finally:
        drop(name)


def drop(name: str) -> None:
    """Remove a database, whoever uses it."""
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} is not a database of a measurement")
    _run(f'drop database if exists "{name}" with (force)')


def _run(statement: str) -> None:
    connection = psycopg2.connect(dbname=os.environ.get("WOW_MAINTENANCE_DATABASE", "postgres"))
    try:
        connection.autocommit = True  # databases are not made in transactions
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
