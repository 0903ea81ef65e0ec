"""Cisco SG300 and its family: small switches, read through their command line over SSH."""

from __future__ import annotations

from ...records import Kind
from ..kind import SSH_PASSWORD_LOGIN, SystemKind
from .check import check
from .options import Sg300Options
from .read import read

SG300 = SystemKind(
    slug="sg300",
    name="Cisco SG300",
    kinds=(Kind.VLAN, Kind.DEVICE, Kind.PART, Kind.INTERFACE, Kind.ADDRESS),
    precedence=110,
    options=Sg300Options,
    read=read,
    check=check,
    logins=(SSH_PASSWORD_LOGIN,),
)
"""The kind of system that a switch of this family is."""
