"""Rows for the tests of pages and APIs: one of each model, with what it needs."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.extras.models import Status
from nautobot.ipam.models import IPAddressRange, Prefix, get_default_namespace
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine

from nautobot_wow.models import (
    Allocation,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestRequest,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)


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


def prefix(text: str = "172.16.100.0/24") -> Prefix:
    row = Prefix(prefix=text, namespace=get_default_namespace(), status=Status.objects.get(name="Active"))
    row.validated_save()
    return row


def ip_range(first: str, last: str, name: str = "", role: Any = None) -> IPAddressRange:
    row = IPAddressRange(
        start_address=first,
        end_address=last,
        name=name,
        role=role,
        namespace=get_default_namespace(),
        status=Status.objects.get(name="Active"),
    )
    row.validated_save()
    return row


def profile(name: str = "apps", of: Prefix | None = None, **more: Any) -> NetworkProfile:
    row = NetworkProfile(name=name, prefix=of or prefix(), **{"bridge": "vmbr0"} | more)
    row.validated_save()
    return row


def document(number: int = 1, **more: Any) -> Document:
    of = System.objects.filter(kind="site-design").first() or system("design", kind="site-design")
    row = Document(**{"system": of, "path": f"site{number}.yaml", "content": "racks: []\n"} | more)
    row.validated_save()
    return row


def size(name: str = "small", **more: Any) -> GuestSize:
    values = dict.fromkeys(("container_memory_mb", "vm_memory_mb"), 512)
    values |= dict.fromkeys(("container_cores", "container_disk_gb", "vm_cores", "vm_disk_gb"), 8)
    row = GuestSize(name=name, **values | more)
    row.validated_save()
    return row


def image(of: System, name: str = "ubuntu24", **more: Any) -> GuestImage:
    row = GuestImage(system=of, name=name, **{"guest_type": "qemu", "source": "9024"} | more)
    row.validated_save()
    return row


def allocation(of: NetworkProfile, number: int = 10, **more: Any) -> Allocation:
    host = f"172.16.100.{number}"
    values = {"namespace": of.prefix.namespace, "host": host, "ip_version": 4, "mask_length": 24} | more
    return Allocation.objects.create(**{"profile": of, "key": f"key-{number}"} | values)


def sighting(number: int = 54, **more: Any) -> Sighting:
    now = timezone.now()
    values: dict[str, Any] = {
        "mac": "BC:24:11:00:00:01",
        "source": "arp",
        "seen_by": "pfsense",
        "name": f"client-{number}",
    }
    values |= {"namespace": get_default_namespace(), "host": f"172.16.100.{number}", "ip_version": 4}
    return Sighting.objects.create(**values | {"first_seen": now, "last_seen": now} | more)


def guest_request(number: int = 1, **more: Any) -> GuestRequest:
    found = System.objects.filter(name="wow-prox1").first() or system()
    image, _ = GuestImage.objects.get_or_create(
        system=found, name="debian12", defaults={"guest_type": "lxc", "source": "local:vztmpl/debian.tar.zst"}
    )
    size = GuestSize.objects.filter(name="tiny").first() or GuestSize.objects.create(
        name="tiny",
        container_cores=1,
        container_memory_mb=256,
        container_disk_gb=4,
        vm_cores=1,
        vm_memory_mb=512,
        vm_disk_gb=10,
    )
    network = NetworkProfile.objects.first() or profile()
    values: dict[str, Any] = {"system": found, "profile": network, "size": size, "image": image, "vmid": 200 + number}
    step = {"name": "address", "state": "done", "at": timezone.now().isoformat(), "detail": {"address": "<b>x</b>"}}
    return GuestRequest.objects.create(
        **{"key": f"ticket-{number}", "name": f"web{number}", "stage": "active", "steps": [step]} | values | more
    )
