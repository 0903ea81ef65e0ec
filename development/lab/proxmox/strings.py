"""Property strings and sizes: the small languages inside Proxmox VE's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NIC_MODELS = (
    "e1000", "e1000-82540em", "e1000-82544gc", "e1000-82545em", "e1000e", "i82551", "i82557b", "i82559er", "ne2k_isa",
    "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3",
)  # fmt: skip

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
DISK_KEY = re.compile(r"^(?:(?:ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0|rootfs|mp\d+|unused\d+)$")
NET_KEY = re.compile(r"^net(\d+)$")


def parse(text: str, default_key: str = "") -> dict[str, str]:
    """Return the keys of a property string; a part without "=" belongs to `default_key`."""
    values: dict[str, str] = {}
    for part in text.split(","):
        if not part:
            continue
        key, equals, value = part.partition("=")
        if equals:
            values[key] = value
        else:
            values[default_key] = part
    return values


def join(values: Mapping[str, Any], default_key: str = "") -> str:
    """Return the property string of `values`, the default key first and bare."""
    first = [str(values[default_key])] if default_key and default_key in values else []
    return ",".join(first + [f"{key}={value}" for key, value in values.items() if key != default_key])


def parse_vm_net(text: str) -> dict[str, str]:
    """Return a VM's netN with `model` and `macaddr` as keys of their own, however they were written."""
    values = parse(text, "model")
    for model in NIC_MODELS:
        if model in values:
            values = {"model": model, "macaddr": values.pop(model), **values}
    return values


def join_vm_net(values: Mapping[str, str]) -> str:
    """Return netN as Proxmox VE writes it: MODEL=MAC first."""
    rest = {key: value for key, value in values.items() if key not in ("model", "macaddr")}
    return join({values["model"]: values["macaddr"], **rest})


def size_bytes(text: str) -> int:
    """Return the bytes of a size such as 32G; no unit means bytes, decimals are allowed."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?", text)
    if not match:
        raise ValueError(f"unable to parse size '{text}'")
    return int(float(match[1]) * UNITS[match[2]])


def size_text(count: int) -> str:
    """Return `count` bytes in the largest unit that leaves no rest."""
    for unit in ("T", "G", "M", "K"):
        if count and count % UNITS[unit] == 0:
            return f"{count // UNITS[unit]}{unit}"
    return str(count)


def disk_bytes(value: Any) -> int:
    """Return the size of a drive or mount point, 0 if it has none (cdrom, bind mount)."""
    options = parse(str(value), "file")
    return size_bytes(options["size"]) if "size" in options else 0


def is_cdrom(value: Any) -> bool:
    """Whether a drive is a CD-ROM or the cloud-init image."""
    return parse(str(value), "file").get("media") == "cdrom"


def net_keys(record: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return (index, key) of every network interface of a record, in order."""
    found = [(int(match[1]), key) for key in record if (match := NET_KEY.match(key))]
    return sorted(found)


def truthy(value: Any) -> bool:
    """Whether a value of a configuration means yes."""
    return str(value).lower() in ("1", "yes", "on", "true")
