"""A guest is not made or moved where its VLAN is known not to reach the gateway; what is not known stops nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from nautobot.dcim.models import Cable, Device, Interface
from nautobot.extras.models import Role, Status
from nautobot.ipam.models import VLAN, IPAddress, IPAddressToInterface

from nautobot_wow.errors import Unusable
from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.provisioning import ask

pytestmark = pytest.mark.django_db

SAYS = "sfp1 of switch takes no frames without a tag"


def wire(shop: Any, **port: Any) -> Interface:
    """Plug the node into a switch that carries only VLAN 110, and the switch into the gateway of apps."""
    active, node = Status.objects.get(name="Active"), Device.objects.get(name="wow-prox1")
    role, _ = Role.objects.get_or_create(name="Switch")
    role.content_types.add(ContentType.objects.get_for_model(Device))

    def device(name: str) -> Device:
        more = {"location": node.location, "device_type": node.device_type, "status": active}
        return Device.objects.create(name=name, role=role, **more)

    def add(of: Device, name: str, **more: Any) -> Interface:
        return Interface.objects.create(device=of, name=name, type="other", status=active, **more)

    def cable(a: Interface, b: Interface) -> None:
        Cable(termination_a=a, termination_b=b, status=Status.objects.get(name="Connected")).validated_save()

    management = VLAN.objects.filter(vid=110).first() or VLAN.objects.create(vid=110, name="mgmt", status=active)
    switch, router = device("switch"), device("router")
    sfp1, sfp2, lan = (add(switch, "sfp1", mode="tagged"), add(switch, "sfp2", mode="tagged"), add(router, "lan"))
    for one in (sfp1, sfp2):
        one.tagged_vlans.add(management)
    cable(node.interfaces.get(name="eno1"), sfp1)
    cable(sfp2, lan)
    with written_by_us():
        gateway = IPAddress.objects.filter(host="172.16.100.1").first() or IPAddress.objects.create(
            address="172.16.100.1/24", namespace=shop.system.namespace, status=active
        )
    IPAddressToInterface.objects.create(ip_address=gateway, interface=lan)
    return sfp1


def test_a_new_guest_is_refused_before_anything_is_touched(shop: Any) -> None:
    wire(shop)
    before = shop.traces()
    assert SAYS in "; ".join(ask.preview(shop.want("web1"))["problems"])
    with pytest.raises(Unusable, match=SAYS):
        shop.create("web1")
    assert shop.traces() == before


def test_a_move_is_refused_before_anything_is_touched(shop: Any) -> None:
    wire(shop)
    before = shop.traces()
    with pytest.raises(Unusable, match=SAYS):
        shop.about("move", shop.guest("lxc/105"), profile=shop.apps)
    assert shop.traces() == before


def test_what_is_not_known_refuses_nothing(shop: Any) -> None:
    sfp1 = wire(shop)
    for port in (sfp1, Interface.objects.get(device__name="switch", name="sfp2")):
        port.tagged_vlans.clear()
        Interface.objects.filter(pk=port.pk).update(mode="")
    assert shop.create("web1").stage == "active"
