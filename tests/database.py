"""A plugin for tests with Nautobot's database: quick to make, quick to put back after a test that commits.

Django empties every table after a test that commits; that takes a second with Nautobot's 240 tables and loses what
migrations had put there (roles, content types of statuses). A fresh copy of the prepared database is quicker, and
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase
from nautobot.core.celery import app, setup_nautobot_job_logging


def prepared() -> str:
    """Return the name of the untouched copy that test databases are made of."""
    return f"{connections['default'].settings_dict['NAME']}_prepared"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep an untouched copy of the test database, and let tests that commit end with a new one."""
    setup_nautobot_job_logging(None, None, app.conf)
    with django_db_blocker.unblock():
        renew(prepared(), template=settings.DATABASES["default"]["NAME"])
    TransactionTestCase._fixture_teardown = lambda self: put_back()
    yield
    with django_db_blocker.unblock():
        drop(prepared())


def put_back() -> None:
    """Replace the test database by a copy of the prepared one."""
    renew(str(connections["default"].settings_dict["NAME"]), template=prepared())
    cache.clear()


def renew(database: str, template: str) -> None:
    """Make a database anew as a copy of another."""
    drop(database)
    run(f'create database "{database}" template "{template}"')


def drop(database: str) -> None:
    """Remove a database, whoever still uses it."""
    run(f'drop database if exists "{database}" with (force)')


def run(statement: str) -> None:
    """Run a statement outside of any transaction and of any test database."""
    connections.close_all()
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Nautobot caches what it read of the database; another test's database is another truth."""
    if request.node.get_closest_marker("django_db"):
        cache.clear()
