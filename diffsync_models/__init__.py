"""The DiffSync models, one kind a file, and the order in which they are written."""

from __future__ import annotations

from ..records import Kind
from .address import Address
from .base import KindModel
from .bay import Bay
from .cable import Cable
from .cluster import Cluster
from .device import Device
from .device_type import DeviceType
from .guest import Guest
from .guest_interface import GuestInterface
from .image import Image
from .interface import Interface
from .location import Location
from .part import Part
from .prefix import Prefix
from .profile import Profile
from .rack import Rack
from .range import Range
from .size import Size
from .vlan import Vlan
from .vlan_group import VlanGroup

KINDS: dict[Kind, type[KindModel]] = {
    model.kind: model
    for model in (
        Location,
        Rack,
        DeviceType,
        Cluster,
        VlanGroup,
        Vlan,
        Prefix,
        Range,
        Profile,
        Size,
        Device,
        Bay,
        Part,
        Interface,
        Guest,
        GuestInterface,
        Address,
        Cable,
        Image,
    )
}
