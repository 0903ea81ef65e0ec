"""A guest's first card on another network: what would stand in the way, and what of the guest belongs to the network.

The settings of the network are kept as Proxmox VE writes them, so that a move is undone to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....records import GuestType
from ...provisioner import Found, GuestSpec, Nic, Resolver
from ..client import ProxmoxClient
from ..parse.strings import properties
from .preflight import about_bridge, about_card, allows, plug_of, scene_of, sentences
from .wanted import Settings, card_settings

NETWORK = {
    GuestType.VM: ("net0", "ipconfig0", "nameserver", "searchdomain"),
    GuestType.LXC: ("net0", "nameserver", "searchdomain"),
}
"""What of a guest's configuration says where it is plugged in and what it is told of the network."""


def network_of(guest_type: GuestType, now: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of the network; "" is one that is not set."""
    return {key: str(now.get(key, "")) for key in NETWORK[guest_type]}


def wanted_network(guest_type: GuestType, nic: Nic, resolver: Resolver | None, now: Mapping[str, Any]) -> Settings:
    """Return the settings as they shall be; without a resolver the guest goes on asking whom it asks now."""
    card = card_settings(guest_type, nic, now)
    if resolver is None:
        return card
    return {**card, "nameserver": " ".join(resolver.servers), "searchdomain": resolver.search_domain}


def static_hosts(guest_type: GuestType, settings: Mapping[str, str]) -> set[str]:
    """Return the addresses, without masks, that the settings give a guest by themselves."""
    key = "ipconfig0" if guest_type is GuestType.VM else "net0"
    values = properties(settings.get(key, ""), key, "model")
    return {values[name].partition("/")[0].lower() for name in ("ip", "ip6") if "/" in values.get(name, "")}


def move_complaints(client: ProxmoxClient, found: Found, nic: Nic) -> list[str]:
    """Return everything that would keep the guest from being moved, as sentences; nothing is touched."""
    spec = _as_spec(found, nic)
    scene = scene_of(client, spec, found)
    checks = (lambda _: about_card(spec), about_bridge, lambda scene: _about_rights(scene, found))
    return list(dict.fromkeys(sentence for check in checks for sentence in sentences(check, scene)))


def _as_spec(found: Found, nic: Nic) -> GuestSpec:
    """Return the guest as one that shall be made with the card: what is not about the card does not matter."""
    return GuestSpec(
        request_id=found.request_id,
        vmid=found.vmid,
        name=found.name,
        type=found.type,
        node=found.node,
        source="",
        cores=1,
        memory_mb=1,
        disk_gb=1,
        nic=nic,
    )


def _about_rights(scene: Any, found: Found) -> Iterator[str]:
    is_vm = found.type is GuestType.VM
    own = ("VM.Config.Network", *(("VM.Config.Cloudinit",) if is_vm else ()), *(("VM.PowerMgmt",) if is_vm else ()))
    nic = scene.spec.nic
    for path, names in (
        (f"/vms/{found.vmid}", own),
        (plug_of(scene, nic.bridge, str(nic.vlan_tag or "")), ("SDN.Use",)),
    ):
        missing = [name for name in names if not allows(scene, path, name)]
        if missing:
            yield f"The token lacks {', '.join(missing)} on {path}; grant it to the user and to the token."
