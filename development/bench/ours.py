"""Our way: the app's own Job, for a System whose kind answers with the guests of the measurement."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from nautobot_wow.records import (
    AddressRecord,
    AddressType,
    ClusterRecord,
    GuestInterfaceRecord,
    GuestRecord,
    GuestType,
    Kind,
    Power,
    Record,
)
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.kind import ConnectionReport, Options, SystemKind
from nautobot_wow.systems.registry import SYSTEM_KINDS

from . import job, world
from .contestant import Sync
from .world import Card, Guest

KIND = "bench"
VARIABLE = "WOW_BENCH_TOKEN"


def prepare(user: Any) -> Sync:
    """Register a kind of system that says what it is told, and a System of that kind."""
    from nautobot_wow.jobs.sync import SyncSystem

    told: list[Guest] = []
    SYSTEM_KINDS[KIND] = SystemKind(
        slug=KIND,
        name="Measurement",
        kinds=tuple(Kind),
        precedence=100,
        options=Options,
        read=lambda connection, options, only=frozenset(): snapshot(told),
        check=lambda connection, options: ConnectionReport(facts=()),
    )
    arguments = {"system": str(_system().pk), "dryrun": False, "memory_profiling": False, "approve": ""}
    model = job.enable(SyncSystem)

    def sync(guests: Sequence[Guest]) -> None:
        told[:] = guests
        job.run(model, user, arguments)

    return sync


def _system() -> Any:
    """Deletes at once what is gone, as the others do."""
    from nautobot.extras.models import ExternalIntegration, Secret, SecretsGroup, SecretsGroupAssociation

    from nautobot_wow.models import System

    os.environ[VARIABLE] = "x"
    secret = Secret.objects.create(name="bench", provider="environment-variable", parameters={"variable": VARIABLE})
    group = SecretsGroup.objects.create(name="bench")
    for secret_type in ("username", "token"):
        SecretsGroupAssociation.objects.create(
            secrets_group=group, secret=secret, access_type="HTTP(S)", secret_type=secret_type
        )
    integration = ExternalIntegration.objects.create(
        name="bench", remote_url="https://localhost", secrets_group=group, timeout=30
    )
    system = System(
        name="bench",
        kind=KIND,
        external_integration=integration,
        delete_policy="delete",
        grace_runs=1,
        guards={"delete_count": 1_000_000},
    )
    system.validated_save()
    return system


def snapshot(guests: Sequence[Guest]) -> Snapshot:
    """Return the guests as a reading that saw everything."""
    records: list[Record] = [ClusterRecord(key="cluster", scopes=("nodes",), name=world.CLUSTER)]
    records += (record for guest in guests for record in _records(guest))
    return Snapshot(records=tuple(records), observed=frozenset({"nodes", "guests"}))


def _records(guest: Guest) -> Iterator[Record]:
    key = f"qemu/{guest.vmid}"
    yield GuestRecord(
        key=key,
        scopes=("guests",),
        fingerprint=frozenset(f"mac:{card.mac}" for card in guest.cards),
        cluster="cluster",
        type=GuestType.VM,
        vmid=guest.vmid,
        name=guest.name,
        power=Power.ON,
        node=guest.node,
        vcpus=guest.vcpus,
        memory_mb=guest.memory_mb,
        disk_gb=guest.disk_gb,
        platform=guest.platform,
        description="",
        tags=frozenset(),
        primary_ip4=guest.primary,
    )
    for card in guest.cards:
        yield GuestInterfaceRecord(
            key=f"{key}/{card.name}",
            scopes=(f"guests/{key}/interfaces",),
            guest=key,
            name=card.name,
            mac=card.mac,
            enabled=card.enabled,
            vid=card.vid,
            tagged=frozenset(),
        )
        yield from _addresses(key, card)


def _addresses(key: str, card: Card) -> Iterator[Record]:
    for host in card.hosts:
        yield AddressRecord(
            key=host,
            scopes=(f"guests/{key}/addresses",),
            mask_length=world.MASK_LENGTH,
            type=AddressType.HOST,
            interfaces=frozenset({f"{key}/{card.name}"}),
        )
