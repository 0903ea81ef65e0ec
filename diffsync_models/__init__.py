"""The DiffSync models, one kind a file, and the order in which they are written."""

from __future__ import annotations

from ..records import Kind
from .address import Address
from .base import KindModel
from .cluster import Cluster
from .guest import Guest
from .guest_interface import GuestInterface
from .interface import Interface
from .node import Node
from .part import Part
from .prefix import Prefix
from .vlan import Vlan

KINDS: dict[Kind, type[KindModel]] = {
    model.kind: model for model in (Cluster, Vlan, Prefix, Node, Part, Interface, Guest, GuestInterface, Address)
}
