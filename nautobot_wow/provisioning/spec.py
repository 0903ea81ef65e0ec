"""From a request to what its system is told: pure, so that a dry run shows exactly what would be sent."""

from __future__ import annotations

from ..choices import GuestKind
from ..models import GuestRequest, NetworkProfile
from ..records import GuestType
from ..systems.provisioner import GuestSpec, Nic, Resolver
from .addresses import Addresses

NESTING, KEYCTL = "nesting=1", "keyctl=1"


def nic_of(profile: NetworkProfile, mac: str, addresses: Addresses) -> Nic:
    """Return the network card of a guest that has these addresses of a profile."""
    return Nic(
        mac=mac,
        bridge=profile.bridge,
        vlan_tag=profile.vlan_tag,
        address4=addresses.get(4),
        gateway4=profile.gateway if 4 in addresses else None,
        address6=addresses.get(6),
        gateway6=profile.gateway6 if 6 in addresses else None,
    )


def resolver_of(profile: NetworkProfile) -> Resolver:
    """Return whom a guest on the network asks for names."""
    return Resolver(servers=tuple(profile.dns_servers), search_domain=profile.search_domain)


def spec_of(request: GuestRequest, addresses: Addresses, *, node: str, vmid: int, mac: str) -> GuestSpec:
    """Return what the system is told of the guest."""
    size, image, profile = request.size, request.image, request.profile
    is_container = image.guest_type == GuestKind.LXC
    house = request.system.system_kind.options(**request.system.options).house()
    return GuestSpec(
        request_id=str(request.pk),
        vmid=vmid,
        name=request.name,
        type=GuestType(image.guest_type),
        node=node,
        source=image.source,
        cores=size.container_cores if is_container else size.vm_cores,
        memory_mb=size.container_memory_mb if is_container else size.vm_memory_mb,
        disk_gb=size.container_disk_gb if is_container else size.vm_disk_gb,
        storage=request.storage or (image.source.partition(":")[0] if is_container else None),
        nic=nic_of(profile, mac, addresses),
        dns_servers=tuple(profile.dns_servers),
        search_domain=profile.search_domain,
        user=image.default_user,
        ssh_keys=request.keys_of(),
        tags=house.tags,
        description=request.description,
        pool=house.pool,
        features=((NESTING, KEYCTL) if request.docker else (NESTING,)) if is_container else (),
        start=False,
    )


def spec_with(request: GuestRequest, addresses: Addresses) -> GuestSpec:
    """Return what the system is told, with what the request has by now."""
    assert request.vmid is not None
    return spec_of(request, addresses, node=request.target_node, vmid=request.vmid, mac=request.mac)
