"""MikroTik RouterOS 7 and 6: routers and switches, read through their API."""

from __future__ import annotations

from ...records import Kind
from ..kind import PASSWORD_LOGIN, SystemKind
from .check import check
from .options import RouterOsOptions
from .read import read

ROUTEROS = SystemKind(
    slug="routeros",
    name="MikroTik RouterOS",
    kinds=(Kind.VLAN, Kind.PREFIX, Kind.RANGE, Kind.DEVICE, Kind.PART, Kind.INTERFACE, Kind.ADDRESS),
    precedence=120,
    device_role="Switch",
    options=RouterOsOptions,
    read=read,
    check=check,
    logins=(PASSWORD_LOGIN,),
)
"""The kind of system that a router or switch of MikroTik is."""
