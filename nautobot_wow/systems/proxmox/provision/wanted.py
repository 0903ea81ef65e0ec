"""The configuration a guest shall have, in Proxmox VE's words, and what of it differs from the one it has. Pure.

    new_container   everything the first call carries; keys and image can only be given there
    new_clone       what a clone can be told; the rest is the template's until it is configured
    settings_of     the configuration as it shall be; "" takes a key away
    differences     what has to be sent for that
    growth          the disk that is too small

What somebody else set beside it stays: the model and the firewall flag of a card, other features, other drives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....records import GuestType
from ...provisioner import GuestSpec, Nic
from ..marker import described
from ..parse.config import GIB, NIC_MODELS, vm_drives
from ..parse.strings import properties, size_bytes, words
from ..parse.values import Row
from .keys import key_lines, quoted_key_lines, read_quoted

DEFAULT_STORAGE = "local"  # where Proxmox VE puts a container if it is not told
FIRST_CARD = "eth0"
# What is decided here of a card; `trunks` would let the guest into other VLANs, `link_down` keep it out of its own.
DECIDED = frozenset({
    "bridge", "gw", "gw6", "hwaddr", "ip", "ip6", "link_down", "macaddr", "model", "tag", "trunks", "type",
})  # fmt: skip
DEFAULTS = {"cores": "1", "sockets": "1"}
BOOT_DISKS = ("scsi0", "virtio0", "sata0", "ide0")

Settings = dict[str, Any]


def new_container(spec: GuestSpec) -> Settings:
    """Return the parameters of the call that makes a container."""
    keys = key_lines(spec.ssh_keys)
    return {
        "vmid": spec.vmid,
        "ostemplate": spec.source,
        "rootfs": f"{spec.storage or DEFAULT_STORAGE}:{spec.disk_gb}",
        "unprivileged": 1,
        **{key: value for key, value in settings_of(spec, {}).items() if value},
        **({"ssh-public-keys": keys} if keys else {}),
        **({"pool": spec.pool} if spec.pool else {}),
    }


def new_clone(spec: GuestSpec, template_node: str) -> Settings:
    """Return the parameters of the call that clones a template."""
    return {
        "newid": spec.vmid,
        "name": spec.name,
        "full": int(spec.full),
        "description": described(spec.description, spec.request_id),
        **({"storage": spec.storage} if spec.storage and spec.full else {}),
        **({"target": spec.node} if spec.node != template_node else {}),
        **({"pool": spec.pool} if spec.pool else {}),
    }


def settings_of(spec: GuestSpec, now: Mapping[str, Any]) -> Settings:
    """Return the configuration as it shall be; what the spec is silent about is not in it."""
    shared = {
        "cores": spec.cores,
        "memory": spec.memory_mb,
        "description": described(spec.description, spec.request_id),
        "tags": ";".join(sorted(set(spec.tags))),
        **_said(nameserver=" ".join(spec.dns_servers), searchdomain=spec.search_domain),
    }
    own = _of_vm(spec, now) if spec.type is GuestType.VM else _of_container(spec, now)
    return {**own, **shared}


def card_settings(guest_type: GuestType, nic: Nic, now: Mapping[str, Any]) -> Settings:
    """Return the keys of the first card and its addresses."""
    before = str(now.get("net0", ""))
    if guest_type is GuestType.VM:
        return {"net0": vm_net(nic, before), "ipconfig0": ip_config(nic)}
    return {"net0": container_net(nic, before)}


def _of_vm(spec: GuestSpec, now: Mapping[str, Any]) -> Settings:
    return {
        "name": spec.name,
        "sockets": 1,  # the size is in cores; a template with two sockets would double it
        "agent": _with_agent(str(now.get("agent", ""))),
        **card_settings(spec.type, spec.nic, now),
        **_said(ciuser=spec.user, sshkeys=quoted_key_lines(spec.ssh_keys)),
    }


def _of_container(spec: GuestSpec, now: Mapping[str, Any]) -> Settings:
    features = _joined({**properties(str(now.get("features", "")), "features"), **features_of(spec)})
    return {"hostname": spec.name, **card_settings(spec.type, spec.nic, now), **_said(features=features)}


def features_of(spec: GuestSpec) -> dict[str, str]:
    """Return the features that are asked for, by name."""
    return properties(",".join(spec.features), "features")


def _said(**values: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _with_agent(before: str) -> str:
    return _joined({**properties(before, "agent", "enabled"), "enabled": "1"})


# ------------------------------------------------------------------------------------------------------------- strings


def vm_net(nic: Nic, before: str = "") -> str:
    """Return netN of a VM; model and what else stands in `before` stay."""
    values = _vm_card(before)
    plugged = {values.get("model", "virtio"): nic.mac.upper(), **_plug(nic)}
    return _joined({**plugged, **_kept(values)})


def container_net(nic: Nic, before: str = "") -> str:
    """Return netN of a container, addresses included; the name of the card and what else is in `before` stay."""
    values = properties(before, "net0")
    named = {"name": values.pop("name", FIRST_CARD), "hwaddr": nic.mac.upper()}
    return _joined({**named, **_plug(nic), **_addresses(nic), **_kept(values), "type": "veth"})


def ip_config(nic: Nic) -> str:
    """Return ipconfigN of a VM."""
    return _joined(_addresses(nic))


def _plug(nic: Nic) -> dict[str, str]:
    return {"bridge": nic.bridge, **({"tag": str(nic.vlan_tag)} if nic.vlan_tag else {})}


def _addresses(nic: Nic) -> dict[str, str]:
    """Return the addresses that are given; a gateway without an address would be refused."""
    four = _said(ip=nic.address4 or "", gw=nic.gateway4 or "") if nic.address4 else {}
    six = _said(ip6=nic.address6 or "", gw6=nic.gateway6 or "") if nic.address6 else {}
    return {**four, **six}


def _kept(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if key not in DECIDED and key not in NIC_MODELS}


def _vm_card(text: str) -> dict[str, str]:
    """Return the parts of a VM's netN with model and MAC apart, however they were written."""
    values = properties(text, "net0", "model")
    for model in NIC_MODELS & set(values):
        values |= {"model": model, "macaddr": values.pop(model)}
    return values


def _joined(values: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in values.items())


# --------------------------------------------------------------------------------------------------------- differences


def differences(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> Settings:
    """Return what has to be sent, `delete` for what goes; {} if everything is as it shall be."""
    found: Settings = {}
    gone = []
    for key, value in wanted.items():
        before = now.get(key, DEFAULTS.get(key, ""))
        if _meaning(key, str(value)) == _meaning(key, str(before)):
            continue
        if value == "":
            gone.append(key)
        else:
            found[key] = value
    return {**found, **({"delete": ",".join(gone)} if gone else {})}


def _meaning(key: str, text: str) -> object:
    """Return what a text says, for a comparison; Proxmox VE writes it in another order and another case."""
    read = MEANINGS.get(key)
    return read(text) if read else text


def _flags(text: str) -> dict[str, str]:
    return properties(text, "flags", "enabled")


def _card(text: str) -> dict[str, str]:
    values = {key: value for key, value in _vm_card(text).items() if key != "type"}
    return {key: value.upper() if key in ("macaddr", "hwaddr") else value.lower() for key, value in values.items()}


MEANINGS: dict[str, Callable[[str], object]] = {
    "agent": _flags,
    "description": str.strip,
    "features": _flags,
    "ipconfig0": lambda text: properties(text.lower(), "ipconfig0"),
    "memory": lambda text: properties(text, "memory", "current").get("current"),
    "nameserver": str.split,
    "net0": _card,
    "searchdomain": str.split,
    "sshkeys": read_quoted,
    "tags": words,
}


def growth(guest_type: GuestType, now: Mapping[str, Any], disk_gb: int) -> tuple[str, str] | None:
    """Return the first disk and the size it shall have, None if it is not too small; it is never made smaller."""
    row = Row("disk", now)
    key = "rootfs" if guest_type is GuestType.LXC else boot_disk(row)
    size = properties(row.text(key), key, "volume").get("size") if key and row.has(key) else None
    if not key or not size or size_bytes(size, key) >= disk_gb * GIB:
        return None
    return key, f"{disk_gb}G"


def boot_disk(row: Row) -> str | None:
    """Return the key of the disk that a VM starts from, None if it has none."""
    disks = vm_drives(row)
    order = properties(row.text_or_none("boot") or "", "boot", "legacy").get("order", "").split(";")
    return next((key for key in (*order, *BOOT_DISKS, *disks) if key in disks), None)
