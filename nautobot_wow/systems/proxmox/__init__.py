"""Proxmox VE: a standalone node or a cluster, read and written through its API with a token."""

from __future__ import annotations

from ...records import Kind
from ..kind import SystemKind
from .check import check
from .options import ProxmoxOptions
from .outbound import OUTBOUND
from .provision import provisioner
from .read import read

KINDS = (
    Kind.CLUSTER,
    Kind.VLAN,
    Kind.PREFIX,
    Kind.DEVICE,
    Kind.PART,
    Kind.INTERFACE,
    Kind.GUEST,
    Kind.GUEST_INTERFACE,
    Kind.ADDRESS,
)

PROXMOX = SystemKind(
    slug="proxmox",
    name="Proxmox VE",
    kinds=KINDS,
    precedence=100,
    address_tag="proxmox",
    options=ProxmoxOptions,
    read=read,
    check=check,
    provisioner=provisioner,
    outbound=OUTBOUND,
)
