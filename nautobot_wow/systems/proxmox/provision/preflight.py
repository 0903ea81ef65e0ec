"""What would keep a guest from being made: everything at once, as sentences, before anything is touched.

    the spec itself   name, size, addresses, MAC, keys, tags, features
    the place         id and name free, node online, template or image there, storage, bridge, memory
    the rights        each one that a call of ours would need

A question that is refused is a sentence too: what cannot be looked at cannot be promised.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ....errors import AuthenticationError, SourceError, Unreachable
from ....records import ALL_VLANS, GuestType, Power
from ...provisioner import Found, GuestSpec
from ..client import ProxmoxClient
from ..marker import described
from ..parse.config import GIB, vm_drives
from ..parse.listing import GuestRow, Listing, NodeRow, parse_resources
from ..parse.rights import BRIDGES, Rights
from ..parse.strings import numbered, properties
from ..parse.values import MAC, Row, is_own_mac
from ..parse.vlans import vlan_ids
from ..read import ask_members, ask_rights, node_rows
from .keys import key_complaint
from .wanted import DEFAULT_STORAGE, features_of

MIB = 1024**2
NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
TAG = re.compile(r"[a-z0-9_][a-z0-9_+.-]*", re.IGNORECASE)
NOTES_LENGTH = 8192
BRIDGE_TYPES = frozenset({"bridge", "OVSBridge"})
CONTENT = {GuestType.VM: "images", GuestType.LXC: "rootdir"}
CONFIGURE = ("VM.Audit", "VM.Config.CPU", "VM.Config.Disk", "VM.Config.Memory", "VM.Config.Network",
             "VM.Config.Options", "VM.PowerMgmt")  # fmt: skip


@dataclass(kw_only=True)
class Scene:
    """The spec, and what is known of the place where the guest shall be. `template` is the configuration to clone."""

    client: ProxmoxClient
    spec: GuestSpec
    there: Found | None
    listing: Listing
    resources: tuple[dict[str, Any], ...]
    nodes: dict[str, NodeRow]
    rights: Rights
    source: GuestRow | None = None
    template: dict[str, Any] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether the guest with this id was made for this very request, by an earlier attempt."""
        return self.there is not None and self.there.request_id == self.spec.request_id

    @property
    def storages(self) -> tuple[str, ...]:
        """Return where disks will be: what is asked for, else where the template has them, else the default."""
        spec = self.spec
        if spec.storage and (spec.full or spec.type is GuestType.LXC):
            return (spec.storage,)
        return (DEFAULT_STORAGE,) if spec.type is GuestType.LXC else self.template_storages

    @property
    def template_storages(self) -> tuple[str, ...]:
        """Return the storages of the template's disks."""
        row = Row("template", self.template)
        return tuple(sorted({row.text(key).partition(":")[0] for key in vm_drives(row)}))


def complaints(client: ProxmoxClient, spec: GuestSpec, there: Found | None) -> list[str]:
    """Return the sentences; `there` is the guest that has the id now."""
    scene = scene_of(client, spec, there)
    is_there = (node := scene.nodes.get(spec.node)) is not None and node.power is Power.ON
    found = [sentence for check in SPEC_CHECKS for sentence in check(spec)]
    for check in (*PLACE_CHECKS, *(NODE_CHECKS if is_there else ()), _about_rights):
        found += sentences(check, scene)
    return list(dict.fromkeys(found))


def scene_of(client: ProxmoxClient, spec: GuestSpec, there: Found | None) -> Scene:
    """Look at the place where the guest shall be."""
    payload = client.resources()
    listing = parse_resources(payload)
    return Scene(
        client=client,
        spec=spec,
        there=there,
        listing=listing,
        resources=tuple(row for row in payload if isinstance(row, dict)),
        nodes={row.name: row for row in node_rows(ask_members(client), listing)},
        rights=ask_rights(client),
    )


def sentences(check: Callable[[Scene], Iterable[str]], scene: Scene) -> list[str]:
    """Return what a check says; a question that is refused is a sentence too, an endpoint that is gone is none."""
    found: list[str] = []
    try:
        found.extend(check(scene))
    except AuthenticationError:
        raise
    except Unreachable as error:
        if scene.client.is_gone():
            raise
        found.append(str(error))
    except SourceError as error:
        found.append(str(error))
    return found


# ----------------------------------------------------------------------------------------------------- the spec itself


def _about_words(spec: GuestSpec) -> Iterator[str]:
    if not NAME.fullmatch(spec.name):
        yield f"The name {spec.name!r} is no DNS name: use letters, digits and hyphens."
    for tag in spec.tags:
        if not TAG.fullmatch(tag):
            yield f"The tag {tag!r} has letters that Proxmox VE does not take: use a-z, 0-9 and _ + . -"
    if len(described(spec.description, spec.request_id)) > NOTES_LENGTH:
        yield f"The description is longer than {NOTES_LENGTH} characters."


def _about_size(spec: GuestSpec) -> Iterator[str]:
    for what, number in (("cores", spec.cores), ("memory", spec.memory_mb), ("disk", spec.disk_gb)):
        if number < 1:
            yield f"The size is impossible: {what} is {number}."


def about_card(spec: GuestSpec) -> Iterator[str]:
    """Say what is wrong with the card itself: its MAC address, VLAN, addresses and gateways."""
    nic = spec.nic
    if not MAC.fullmatch(nic.mac) or not is_own_mac(nic.mac.upper()):
        yield f"{nic.mac!r} is not the MAC address of one card."
    if nic.vlan_tag is not None and not 1 <= nic.vlan_tag <= 4094:
        yield f"{nic.vlan_tag} is not a VLAN."
    if not nic.address4 and not nic.address6:
        yield "The guest is given no address."
    for version, address, gateway in ((4, nic.address4, nic.gateway4), (6, nic.address6, nic.gateway6)):
        if address and not _is_with_mask(address, version):
            yield f"{address!r} is not an IPv{version} address with its mask."
        elif gateway and not (address and _is_reachable(gateway, address)):
            yield f"The gateway {gateway} is not within the network of {address or 'any address that is given'}."


def _is_with_mask(text: str, version: int) -> bool:
    try:
        return "/" in text and ipaddress.ip_interface(text).version == version
    except ValueError:
        return False


def _is_reachable(gateway: str, address: str) -> bool:
    """Whether a gateway is on the network of an address, or link-local, as IPv6 routers are."""
    try:
        found = ipaddress.ip_address(gateway)
    except ValueError:
        return False
    return found in ipaddress.ip_interface(address).network or (found.version == 6 and found.is_link_local)


def _about_keys(spec: GuestSpec) -> Iterator[str]:
    for number, key in enumerate(spec.ssh_keys, start=1):
        if complaint := key_complaint(key):
            yield f"SSH key {number} {complaint}."


def _about_features(spec: GuestSpec) -> Iterator[str]:
    """Proxmox VE compares the caller with root@pam by name, and a token is never called so (LXC.pm)."""
    for name in features_of(spec):
        if spec.type is GuestType.VM:
            yield f"The feature {name} is one of containers, and this is a VM."
        elif name != "nesting":
            yield (
                f"The feature {name} may only be set by root@pam with a password, never by a token: ask for nesting=1 "
                "alone, which is enough for Docker on current kernels, or set it by hand afterwards."
            )


SPEC_CHECKS = (_about_words, _about_size, about_card, _about_keys, _about_features)


# ----------------------------------------------------------------------------------------------------------- the place


def _about_id(scene: Scene) -> Iterator[str]:
    if scene.there and not scene.is_ours:
        yield f"VMID {scene.spec.vmid} is taken by {scene.there.name or scene.there.key}."


def _about_name(scene: Scene) -> Iterator[str]:
    for key, row in sorted(scene.listing.guests.items()):
        if (row.name or "").lower() == scene.spec.name.lower() and row.vmid != scene.spec.vmid:
            yield f"The name {scene.spec.name} is taken by {key} on {row.node}."


def _about_node(scene: Scene) -> Iterator[str]:
    node = scene.nodes.get(scene.spec.node)
    if node is None:
        yield f"There is no node {scene.spec.node}; there are {', '.join(sorted(scene.nodes))}."
    elif node.power is not Power.ON:
        yield f"Node {node.name} is not online."


def _about_template(scene: Scene) -> Iterator[str]:
    """Look at the template of a VM, and keep its configuration for what comes after."""
    spec = scene.spec
    if spec.type is not GuestType.VM:
        return
    row = scene.listing.guests.get(f"qemu/{spec.source}")
    if row is None:
        yield f"There is no template {spec.source}, or the token may not see it."
        return
    scene.source, scene.template = row, scene.client.guest_settings(row.node, row.type, row.vmid)
    if not Row(row.key, scene.template).flag("template"):
        yield f"{row.name or row.key} ({row.vmid}) is a VM and not a template."
    if not any("cloudinit" in str(value) for value in scene.template.values()):
        yield f"Template {row.name or row.vmid} has no cloud-init drive, so the guest would not take its address."
    if scene.template.get("lock"):
        yield f"Template {row.name or row.vmid} is locked ({scene.template['lock']})."


def _about_pool(scene: Scene) -> Iterator[str]:
    """A pool that the token cannot see is as good as none: nobody could tell whether the guest is in it."""
    pool, rows = scene.spec.pool, scene.resources
    if pool and not any(row.get("type") == "pool" and row.get("pool") == pool for row in rows):
        yield f"There is no pool {pool}, or the token may not see it (Pool.Audit on /pool/{pool})."


PLACE_CHECKS = (_about_id, _about_name, _about_node, _about_template, _about_pool)


def _about_image(scene: Scene) -> Iterator[str]:
    spec = scene.spec
    if spec.type is not GuestType.LXC:
        return
    storage, colon, name = spec.source.partition(":")
    if not colon or not name:
        yield f"{spec.source!r} is not the volume of an image, such as local:vztmpl/debian-12.tar.zst."
        return
    rows = scene.client.storage_content(spec.node, storage, "vztmpl")
    if not any(isinstance(row, dict) and row.get("volid") == spec.source for row in rows):
        yield f"There is no image {name} on {storage}; download it on node {spec.node}."


def _about_storage(scene: Scene) -> Iterator[str]:
    rows = {
        str(row.get("storage")): row for row in scene.client.node_storages(scene.spec.node) if isinstance(row, dict)
    }
    for name in scene.storages:
        if name not in rows:
            yield f"There is no storage {name} on {scene.spec.node}, or the token may not see it."
            continue
        yield from _about_one_storage(scene, Row(f"storage {name}", rows[name]))
    yield from _about_distance(scene, rows)


def _about_one_storage(scene: Scene, row: Row) -> Iterator[str]:
    name, content = row.text("storage"), CONTENT[scene.spec.type]
    if not row.flag("enabled") or not row.flag("active"):
        yield f"Storage {name} is not active on {scene.spec.node}."
    if content not in (row.text_or_none("content") or "").split(","):
        what = "VMs" if content == "images" else "containers"
        yield f"Storage {name} keeps no disks of {what} (content type {content})."
    free = row.integer_or_none("avail")
    if free is not None and scene.spec.full and free < scene.spec.disk_gb * GIB:
        yield f"Storage {name} has {free // GIB} GB left, and the disk wants {scene.spec.disk_gb} GB."


def _about_distance(scene: Scene, rows: dict[str, Any]) -> Iterator[str]:
    """A clone goes to another node only over a storage that both have."""
    if scene.source is None or scene.source.node == scene.spec.node:
        return
    for name in sorted({*scene.template_storages, *scene.storages}):
        if not Row(f"storage {name}", rows.get(name, {})).flag("shared"):
            yield (
                f"The template is on {scene.source.node} and the guest shall be on {scene.spec.node}, but storage "
                f"{name} is not shared between them."
            )


def about_bridge(scene: Scene) -> Iterator[str]:
    """Say why the card cannot be plugged in where it shall be."""
    nic, node = scene.spec.nic, scene.spec.node
    rows = {str(row.get("iface")): row for row in scene.client.node_network(node) if isinstance(row, dict)}
    found = rows.get(nic.bridge, {})
    if found.get("type") in BRIDGE_TYPES:
        yield from _about_vlan(scene, Row(f"node/{node}/{nic.bridge}", found))
        return
    vnets = {str(row.get("vnet")): row for row in scene.client.sdn_vnets() if isinstance(row, dict)}
    if nic.bridge not in vnets:
        yield f"There is no bridge {nic.bridge} on {node}, or the token may not see it (SDN.Audit on {BRIDGES})."
        return
    vnet = Row(f"vnet {nic.bridge}", vnets[nic.bridge])
    scene.zones[nic.bridge] = vnet.text("zone")
    if nic.vlan_tag and not vnet.flag("vlanaware"):
        yield f"VNet {nic.bridge} is not VLAN aware, so a card on it cannot have the VLAN tag {nic.vlan_tag}."


def _about_vlan(scene: Scene, bridge: Row) -> Iterator[str]:
    tag, name = scene.spec.nic.vlan_tag, scene.spec.nic.bridge
    if not tag or bridge.text("type") == "OVSBridge":
        return
    if not bridge.flag("bridge_vlan_aware"):
        yield f"Bridge {name} on {scene.spec.node} is not VLAN aware, so a card on it cannot have the VLAN tag {tag}."
        return
    allowed = vlan_ids(bridge.text_or_none("bridge_vids") or "2-4094", bridge.what)
    if allowed != ALL_VLANS and tag not in allowed:
        yield f"Bridge {name} on {scene.spec.node} does not carry VLAN {tag}."


def _about_capacity(scene: Scene) -> Iterator[str]:
    spec = scene.spec
    status = Row(f"node/{spec.node}: status", scene.client.node_status(spec.node))
    memory = Row(f"{status.what}: memory", status.fields.get("memory"))
    free = memory.integer_or_none("available")
    free = memory.integer("free") if free is None else free
    if free < spec.memory_mb * MIB:
        yield f"Node {spec.node} has {free // MIB} MB of memory left, and the guest wants {spec.memory_mb} MB."
    threads = Row(f"{status.what}: cpuinfo", status.fields.get("cpuinfo")).integer_or_none("cpus")
    if threads is not None and spec.cores > threads:
        yield f"Node {spec.node} has {threads} processors, and the guest wants {spec.cores}."


NODE_CHECKS = (_about_image, _about_storage, about_bridge, _about_capacity)


# ---------------------------------------------------------------------------------------------------------- the rights


def _about_rights(scene: Scene) -> Iterator[str]:
    for path, names in _needed(scene):
        missing = [name for name in names if not allows(scene, path, name)]
        if missing:
            where = _where(scene, path)
            yield f"The token lacks {', '.join(missing)} on {where}; grant it to the user and to the token."


def _needed(scene: Scene) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each path with the rights that a call of ours needs there (Qemu.pm, LXC.pm)."""
    spec = scene.spec
    guest = f"/vms/{spec.vmid}"
    yield guest, ("VM.Allocate", *CONFIGURE)
    if spec.type is GuestType.VM:
        yield guest, ("VM.Config.Cloudinit",)
        yield f"/vms/{spec.source}", ("VM.Clone",)
    else:
        yield f"/storage/{spec.source.partition(':')[0]}", ("Datastore.Audit",)
    for storage in scene.storages:
        yield f"/storage/{storage}", ("Datastore.AllocateSpace",)
    for plug in sorted(_plugs(scene)):
        yield plug, ("SDN.Use",)


def _plugs(scene: Scene) -> set[str]:
    """Return the paths of the networks that are used, those of the template included: a clone is made with them."""
    nic = scene.spec.nic
    found = {plug_of(scene, nic.bridge, str(nic.vlan_tag or ""))}
    for _, key in numbered(scene.template, "net"):
        values = properties(str(scene.template[key]), key, "model")
        if values.get("bridge"):
            found.add(plug_of(scene, values["bridge"], values.get("tag", "")))
    return found


def plug_of(scene: Scene, bridge: str, tag: str) -> str:
    """Return the path on which one needs the right to use a network."""
    zone = f"/sdn/zones/{scene.zones[bridge]}" if bridge in scene.zones else BRIDGES
    return f"{zone}/{bridge}" + (f"/{tag}" if tag else "")


def _where(scene: Scene, path: str) -> str:
    """Return in words where a right may be given."""
    pool = _pool_of(scene, path)
    return f"{path} or /pool/{pool}" if pool else path


def _pool_of(scene: Scene, path: str) -> str:
    """Return the pool whose path counts as well: that of the guest, for the guest."""
    return scene.spec.pool if path == f"/vms/{scene.spec.vmid}" else ""


def allows(scene: Scene, path: str, name: str) -> bool:
    """Whether the token has a right; a guest in a pool also gets what its pool's path allows."""
    pool = _pool_of(scene, path)
    if pool and scene.rights.allows(f"/pool/{pool}", name):
        return True
    if name == "Datastore.Audit" and scene.rights.allows(path, "Datastore.AllocateSpace"):
        return True
    return scene.rights.allows(path, name)
