"""A place in Nautobot to reconcile into, and a run without a Job: what the Job's hooks do, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from diffsync.enum import DiffSyncFlags
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from nautobot.dcim.models import Device, Location, LocationType
from nautobot.extras.models import Status
from nautobot.ipam.models import VLAN, IPAddress, IPAddressToInterface, Namespace, Prefix
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.plan import Action
from nautobot_wow.reconcile.run import Run
from nautobot_wow.reconcile.writer import Written
from nautobot_wow.records import Kind, Record
from nautobot_wow.snapshot import Snapshot
from tests.reconcile.estate import snapshot

FLAGS = DiffSyncFlags.CONTINUE_ON_FAILURE
NO_GUARDS = {"delete_share": 1.0, "delete_count": 10_000, "update_share": 1.0, "small": 10_000}
NETWORKS = ("172.16.100.0/24", "172.16.110.0/24", "10.0.0.0/8", "2001:db8::/64")


@dataclass
class Outcome:
    """What a run did."""

    run: Run
    written: Written
    reading: list[str] = field(default_factory=list)
    writing: list[str] = field(default_factory=list)

    @property
    def done(self) -> dict[str, str]:
        """{key: action} of everything that was planned and not refused."""
        return {
            change.key: change.action.value
            for change in self.run.changes
            if (change.kind, change.key) not in self.written.refused
        }

    @property
    def refused(self) -> dict[str, str]:
        """{key: reason} of everything that was not accepted."""
        return {refusal.key: refusal.reason for refusal in self.run.refusals(self.written)}

    @property
    def notes(self) -> list[str]:
        return self.run.decision.draft.notes


class Site:
    """One location with prefixes and a VLAN; Systems that read it; runs of them."""

    def __init__(self) -> None:
        self.active = Status.objects.get(name="Active")
        kind = LocationType.objects.create(name="Test site")
        kind.content_types.set(ContentType.objects.get_for_models(Device, Cluster, Prefix, VLAN).values())
        self.location = Location.objects.create(name="WOW-DC", location_type=kind, status=self.active)
        self.namespace = Namespace.objects.get(name="Global")
        self.vlan = VLAN.objects.create(vid=100, name="apps", status=self.active)
        for network in NETWORKS:
            vlan = self.vlan if network.startswith("172.16.100") else None
            Prefix.objects.create(prefix=network, status=self.active, namespace=self.namespace, vlan=vlan)
        self.user = get_user_model().objects.create_user("syncer", is_superuser=True)

    def system(self, name: str = "pve", **values: Any) -> System:
        """Return a new System, by default one that no guard stops."""
        values = {"kind": "fake", "location": self.location, "guards": NO_GUARDS} | values
        return System.objects.create(name=name, **values)

    # -------------------------------------------------------------------------------------------------------- running

    def plan(self, system: System, *groups: Iterable[Record], **seen: Any) -> Run:
        """Return a run that has decided, and written nothing."""
        return self.plan_of(system, snapshot(*groups, **seen))

    def plan_of(self, system: System, seen: Snapshot, only: Iterable[str] = ()) -> Run:
        """Return a run over that snapshot that has decided."""
        system.refresh_from_db()
        run = Run(system, seen, only=frozenset(only))
        run.decide()
        return run

    def sync(self, system: System, *groups: Iterable[Record], approved: str = "", **seen: Any) -> Outcome:
        """Plan, ask the guards, write."""
        with CaptureQueriesContext(connection) as reading:
            run = self.plan(system, *groups, **seen)
        run.guard(approved=approved)
        with CaptureQueriesContext(connection) as writing:
            written = self.apply(run, approved)
        return Outcome(run, written, statements(reading), statements(writing))

    def apply(self, run: Run, approved: str = "") -> Written:
        """Let DiffSync ask for the changes, and write them."""
        if any(change.writes for change in run.changes):
            diff = run.source.diff_to(run.target, flags=FLAGS)
            run.source.sync_to(run.target, flags=FLAGS, diff=diff)
        return run.apply(ChangeLog.from_user(self.user), user=self.user, approved=approved)


def gone_for_good(site: Site, system: System, left: list[Any]) -> Outcome:
    """Run until the grace is over."""
    for _ in range(system.grace_runs - 1):
        site.sync(system, left)
    return site.sync(system, left)


def stranger(site: Site, name: str = "printer", host: str | None = None) -> VirtualMachine:
    """A machine that a person entered, in a cluster of its own."""
    cluster_type, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
    elsewhere, _ = Cluster.objects.get_or_create(name="by hand", defaults={"cluster_type": cluster_type})
    machine = VirtualMachine.objects.create(name=name, cluster=elsewhere, status=site.active)
    nic = VMInterface.objects.create(virtual_machine=machine, name="eth0", status=site.active)
    if host:
        found = IPAddress.objects.filter(host=host).first() or IPAddress.objects.create(
            address=f"{host}/24", status=site.active, namespace=site.namespace
        )
        IPAddressToInterface.objects.create(ip_address=found, vm_interface=nic)
    return machine


# ------------------------------------------------------------------------------------------------------------- looking


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that asked or told something."""
    return [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


def vm(name: str) -> VirtualMachine:
    return VirtualMachine.objects.get(name=name)


def names() -> list[str]:
    return sorted(VirtualMachine.objects.values_list("name", flat=True))


def ip(host: str) -> IPAddress:
    return IPAddress.objects.get(host=host)


def holders(host: str) -> set[str]:
    """Return the machines that have the address."""
    found = set()
    for link in ip(host).vm_interfaces.all():
        found.add(link.virtual_machine.name)
    for link in ip(host).interfaces.all():
        found.add(link.device.name)
    return found


def claim(key: str, system: str = "pve") -> Claim:
    return Claim.objects.get(system__name=system, external_id=key)


def conflicts(**also: Any) -> list[str]:
    """Return the kinds of the open conflicts."""
    return sorted(Conflict.objects.filter(state="open", **also).values_list("kind", flat=True))


def action(run: Run, key: str) -> Action | None:
    """Return what the plan does to an object."""
    return next((change.action for change in run.changes if change.key == key), None)


def attrs(run: Run, key: str, kind: Kind | None = None) -> dict[str, Any]:
    """Return {name: new value} of what the plan changes in an object."""
    return next((change.new for change in run.changes if change.key == key and kind in (None, change.kind)), {})


@contextmanager
def rows_written() -> Iterator[dict[str, int]]:
    """Count the rows that are inserted, updated and deleted meanwhile in this transaction, by table (PostgreSQL's own
    counters, which also see what was rolled back to a savepoint)."""
    found: dict[str, int] = {}
    before = _row_counters()
    yield found
    for table, count in _row_counters().items():
        if count != before.get(table, 0):
            found[table] = count - before.get(table, 0)


def _row_counters() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())
