"""Sightings grow with change, not with time: what was long ago is forgotten, and what counts is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from nautobot.extras.models import Job

from nautobot_wow.ipam import retention, sightings
from nautobot_wow.models import Sighting
from nautobot_wow.snapshot import Seen
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_what_ended_before_it_is_kept_goes_and_one_day_later_stays(net: Net) -> None:
    net.saw(f"{APPS}.10", 366)
    kept = net.saw(f"{APPS}.11", 364)
    assert retention.forget(timezone.now()) == {"pfsense": 1}
    assert list(Sighting.objects.all()) == [kept]


def test_what_has_been_the_same_for_years_stays(net: Net) -> None:
    row = net.saw(f"{APPS}.10")
    Sighting.objects.filter(pk=row.pk).update(first_seen=timezone.now() - 2000 * DAY)
    assert retention.forget(timezone.now()) == {}


def test_what_counts_as_evidence_stays_however_short_it_is_kept(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "sightings_kept_for", lambda: DAY)
    net.saw(f"{APPS}.10", 13)
    net.saw(f"{APPS}.11", 15)
    assert retention.forget(timezone.now()) == {"pfsense": 1}
    assert net.give().host == f"{APPS}.11"


def test_it_goes_in_batches(net: Net, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    for number in range(10):
        net.saw(f"{APPS}.{number + 10}", 400, seen_by=f"switch{number % 2}")
    assert retention.forget(timezone.now()) == {"switch0": 5, "switch1": 5}
    assert not Sighting.objects.exists()


class TestJob:
    """Runs as Nautobot runs it."""

    pytestmark = pytest.mark.django_db(databases=["default", "job_logs"], transaction=False)

    def run(self, **values: Any) -> Any:
        Job.objects.filter(module_name="nautobot_wow.jobs.forget").update(enabled=True)
        from nautobot_wow.jobs.forget import ForgetSightings

        job = ForgetSightings()
        job.logger = __import__("logging").getLogger("test")
        return job.run(**values)

    def test_a_dry_run_counts_and_deletes_nothing(self, net: Net) -> None:
        net.saw(f"{APPS}.10", 400)
        assert self.run(dryrun=True) == {"dry_run": True, "sightings": 1, "by": {"pfsense": 1}}
        assert Sighting.objects.count() == 1

    def test_a_run_deletes(self, net: Net) -> None:
        net.saw(f"{APPS}.10", 400)
        assert self.run() == {"dry_run": False, "sightings": 1, "by": {"pfsense": 1}}
        assert not Sighting.objects.exists()


def test_a_look_reads_no_more_of_a_long_history_than_of_a_short_one(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    now, read = timezone.now(), []
    for number in range(300):
        net.saw(f"{APPS}.10", 300 - number, mac=f"BC:24:11:00:01:{number % 200:02X}", where=f"gi{number}")
    from_db = Sighting.from_db.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Sighting, "from_db", classmethod(lambda cls, *values: read.append(1) or from_db(cls, *values)))
    seen = Seen(host=f"{APPS}.10", source="arp", mac="BC:24:11:00:09:09")
    sightings.record([seen], namespace=net.namespace, seen_by="pfsense", now=now)
    assert len(read) == 1


def values_of(net: Net, host: str) -> dict[str, Any]:
    now = timezone.now()
    times = {"first_seen": now, "last_seen": now}
    return {"namespace": net.namespace, "host": host, "ip_version": 4, "source": "arp", "seen_by": "pfsense", **times}


def test_the_end_of_a_history_is_found_along_an_index(net: Net) -> None:
    from django.db import connection

    for number in range(200):
        net.saw(f"{APPS}.10", 300 - number, where=f"gi{number}")
    hosts = (f"10.8.{number // 250}.{number % 250}" for number in range(3000))
    Sighting.objects.bulk_create(Sighting(**values_of(net, host)) for host in hosts)
    query = sightings.LAST_LOOKS.format(table=Sighting._meta.db_table, **vars(sightings.HOSTS))
    host = Sighting._meta.get_field("host").get_db_prep_value(f"{APPS}.10", connection)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Sighting._meta.db_table}")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {query}", [[host], ["arp"], net.namespace.pk, "pfsense"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "wow_sighting_host" in plan, plan
    assert "Sort" not in plan, plan
