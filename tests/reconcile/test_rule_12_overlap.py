"""Rule 12: two runs of one System never overlap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from nautobot_wow.errors import Busy
from nautobot_wow.models import System
from nautobot_wow.reconcile.lock import exclusive
from tests.reconcile.site import Site

pytestmark = pytest.mark.django_db


class TestRule12RunsOfOneSystemDoNotOverlap:
    def test_the_second_is_refused_at_once_and_free_when_the_first_ends(self, pve: System) -> None:
        with holder(pve), pytest.raises(Busy, match="another run is working on"), exclusive(pve.pk, pve.name):
            pytest.fail("two runs at once")
        with exclusive(pve.pk, pve.name):
            pass

    def test_another_system_is_free(self, site: Site, pve: System) -> None:
        other = site.system("other")
        with holder(pve), exclusive(other.pk, other.name):
            pass

    def test_the_lock_frees_itself_when_its_holder_dies(self, pve: System) -> None:
        with holder(pve) as backend, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
            with exclusive(pve.pk, pve.name):
                pass

    def test_a_run_that_fails_gives_the_lock_back(self, pve: System) -> None:
        with pytest.raises(ZeroDivisionError), exclusive(pve.pk, pve.name):
            raise ZeroDivisionError
        with holder(pve):
            pass


@contextmanager
def holder(system: System) -> Iterator[int]:
    """Another connection that holds the System; gives the number of its PostgreSQL process."""
    backends: list[int] = []
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with exclusive(system.pk, system.name), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backends.append(cursor.fetchone()[0])
                held.set()
                over.wait(30)
        except Exception:  # noqa: BLE001  the connection was ended on purpose
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(30)
        yield backends[0]
    finally:
        over.set()
        thread.join()
