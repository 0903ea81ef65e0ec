"""What guests point at, made before the clock starts, and what any long-running worker has warm."""

from __future__ import annotations

from typing import Any

from . import world

NAMESPACE = "Global"


def seed(count: int) -> Any:
    """Make the cluster, platforms, VLANs and prefixes of `count` guests; return the user who runs the Jobs."""
    from django.contrib.auth import get_user_model
    from nautobot.dcim.models import Platform
    from nautobot.extras.models import Status
    from nautobot.ipam.models import VLAN, Namespace, Prefix
    from nautobot.virtualization.models import Cluster, ClusterType

    active = Status.objects.get(name="Active")
    Cluster.objects.create(name=world.CLUSTER, cluster_type=ClusterType.objects.get(name="Proxmox VE"))
    for name in world.PLATFORMS:
        Platform.objects.create(name=name)
    for vid in range(world.FIRST_VID, world.FIRST_VID + world.VLANS):
        VLAN.objects.create(vid=vid, name=f"vlan-{vid}", status=active)
    for prefix in world.prefixes(count):
        Prefix(prefix=prefix, namespace=Namespace.objects.get(name=NAMESPACE), status=active).validated_save()
    return get_user_model().objects.create_superuser("bench", "bench@example.com", None)


def analyze() -> None:
    """Let the planner know the sizes; on a server that has been running for a while autovacuum has done it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("analyze")


def warm_up(user: Any) -> None:
    """Save and delete one guest the ordinary way: loads and caches what a Nautobot that has been used has there."""
    from nautobot.extras.context_managers import web_request_context
    from nautobot.extras.models import Status
    from nautobot.ipam.models import IPAddress, Namespace
    from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface

    active = Status.objects.get(name="Active")
    guest = VirtualMachine(name="first", cluster=Cluster.objects.get(name=world.CLUSTER), status=active)
    card = VMInterface(virtual_machine=guest, name="net0", status=active)
    host = world.prefixes(1)[0].replace("0/", "1/")
    address = IPAddress(address=host, namespace=Namespace.objects.get(name=NAMESPACE), status=active)
    with web_request_context(user):
        for row in (guest, card, address):
            row.validated_save()
        card.ip_addresses.add(address)
        address.delete()
        guest.delete()
