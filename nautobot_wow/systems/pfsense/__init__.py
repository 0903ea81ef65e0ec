"""pfSense: firewall, router and DHCP server, read over SSH by a plain user that may change nothing."""

from __future__ import annotations

from ...records import Kind
from ..kind import SSH_KEY_LOGIN, SSH_PASSWORD_LOGIN, SystemKind
from .check import check
from .options import PfsenseOptions
from .read import read

PFSENSE = SystemKind(
    slug="pfsense",
    name="pfSense",
    kinds=(Kind.VLAN, Kind.PREFIX, Kind.RANGE, Kind.DEVICE, Kind.INTERFACE, Kind.ADDRESS),
    precedence=130,
    device_role="Firewall",
    options=PfsenseOptions,
    read=read,
    check=check,
    logins=(SSH_KEY_LOGIN, SSH_PASSWORD_LOGIN),
)
