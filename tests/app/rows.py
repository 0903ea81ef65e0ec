"""Rows for the tests of pages and APIs: one of each model, with what it needs."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.extras.models import Status
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine

from nautobot_wow.models import Claim, Conflict, Plan, System


def system(name: str = "wow-prox1", **more: Any) -> System:
    row = System(name=name, **{"kind": "proxmox"} | more)
    row.validated_save()
    return row


def guest(name: str = "traefik", **more: Any) -> VirtualMachine:
    cluster_type, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
    cluster, _ = Cluster.objects.get_or_create(name="wow-prox1", defaults={"cluster_type": cluster_type})
    status = Status.objects.get(name="Active")
    return VirtualMachine.objects.create(name=name, cluster=cluster, status=status, **more)


def claim(of: System, about: Any = None, external_id: str = "lxc/210", **more: Any) -> Claim:
    values: dict[str, Any] = {"kind": "guest", "values": {"name": "traefik"}, "scopes": ["guests"]} | more
    model = type(about) if about is not None else VirtualMachine
    return Claim.objects.create(
        system=of,
        external_id=external_id,
        object_type=ContentType.objects.get_for_model(model),
        object_id=about.pk if about is not None else uuid.uuid4(),
        **values,
    )


def change(number: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "guest",
        "key": f"lxc/{number}",
        "label": f"guest{number} (lxc/{number})",
        "action": "create",
        "attrs": {"name": [None, f"guest{number}"], "vcpus": [None, 2]},
        "note": "",
        "object_id": None,
    } | more


def plan(of: System, changes: list[dict[str, Any]] | None = None, **more: Any) -> Plan:
    changes = [change(210)] if changes is None else changes
    summary: dict[str, dict[str, int]] = {}
    for each in changes:
        counts = summary.setdefault(each["kind"], {})
        counts[each["action"]] = counts.get(each["action"], 0) + 1
    values: dict[str, Any] = {
        "digest": hashlib.sha256(uuid.uuid4().bytes).hexdigest(),
        "summary": summary,
        "content": {"changes": changes, "notes": []},
        "expires": timezone.now() + timedelta(days=1),
    } | more
    return Plan.objects.create(system=of, **values)


def conflict(of: System | None = None, title: str = "two guests have one address", **more: Any) -> Conflict:
    values: dict[str, Any] = {
        "kind": "duplicate-address",
        "severity": "critical",
        "key": hashlib.sha256(title.encode()).hexdigest(),
        "evidence": [{"source": "wow-prox1", "says": "lxc/210 has it", "at": timezone.now().isoformat()}],
        "first_seen": timezone.now(),
        "last_seen": timezone.now(),
    } | more
    row = Conflict(system=of, title=title, **values)
    row.validated_save()
    return row


def about(row: Any) -> dict[str, Any]:
    """The columns that say what a claim or conflict is about."""
    return {"object_type": ContentType.objects.get_for_model(row), "object_id": row.pk}
