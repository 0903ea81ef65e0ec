"""The lab's site design, read with everything in it: racks, chassis and blades, beside what Proxmox VE says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nautobot.dcim.models import Cable, Device, DeviceBay, Rack
from nautobot.ipam.models import IPAddress

from development.inside.design import read
from nautobot_wow.models import Claim, Document, System
from tests.sync.estate import Estate

pytestmark = pytest.mark.django_db

BY_UNIT = {
    ("pfsense", 42, "front"),
    ("cisco-sg300-28", 42, "rear"),
    ("wow-10gb-mik-sw", 41, "front"),
    ("wow-fx2s", 38, "front"),
    ("wow-ts01", 36, "front"),
}
BY_SLOT = {
    ("Slot 1", "wow-prox1"),
    ("Slot 2", "wow-ocp-node2"),
    ("Slot 3", "wow-ocp-node3"),
    ("Slot 4", "wow-ocp-node4"),
}


@pytest.fixture
def design(estate: Estate) -> Callable[..., Any]:
    """Read the design as it is in the fixtures, with some texts replaced."""
    from development.inside.seed import FIXTURES, files_of

    system = System.objects.get(kind="site-design")
    folder = FIXTURES / "site"
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in files_of(folder)}

    def run(*replaced: tuple[str, str]) -> Any:
        for path, content in texts.items():
            for old, new in replaced:
                content = content.replace(old, new)
            document, _ = Document.objects.get_or_create(system=system, path=path, defaults={"content": content})
            Document.objects.filter(pk=document.pk).update(content=content)
        return read(system, estate.user)

    return run


def in_units() -> set[tuple[str, int, str]]:
    return set(Device.objects.filter(position__isnull=False).values_list("name", "position", "face"))


def in_slots() -> set[tuple[str, str]]:
    return set(DeviceBay.objects.values_list("name", "installed_device__name"))


def test_the_rack_shows_what_was_decided(design: Callable[..., Any]) -> None:
    design()
    rack = Rack.objects.get(name="RACK 1")
    assert (rack.location.name, rack.location.parent.name, rack.u_height) == ("WOW-DC", "Tampa", 42)
    assert in_units() == BY_UNIT
    assert in_slots() == BY_SLOT
    assert {device.rack for device in Device.objects.exclude(name=None)} == {rack}
    assert Device.objects.get(name="cisco-sg300-28").interfaces.count() == 28
    assert Device.objects.get(name="wow-10gb-mik-sw").interfaces.filter(type="10gbase-x-sfpp").count() == 16


def test_reading_it_again_changes_nothing(design: Callable[..., Any]) -> None:
    design()
    assert design().changes == []


def test_the_node_that_proxmox_found_first_becomes_the_blade_in_slot_1(estate: Estate, design: Any) -> None:
    estate.sync()
    before = Device.objects.get(name="wow-prox1")
    assert (before.device_type.model, before.rack) == ("Unknown", None)
    ports = set(before.interfaces.values_list("pk", flat=True))
    design()
    after = Device.objects.get(name="wow-prox1")
    assert after.pk == before.pk
    assert (after.device_type.model, after.rack.name, after.parent_bay.name) == ("PowerEdge FC630", "RACK 1", "Slot 1")
    assert ports <= set(after.interfaces.values_list("pk", flat=True))
    assert after.interfaces.get(name="eno1").type == "10gbase-x-sfpp"
    run, _ = estate.sync()
    assert run.changes == []
    assert design().changes == []


def test_the_blade_that_was_designed_first_is_the_node_that_proxmox_finds(estate: Estate, design: Any) -> None:
    design()
    before = Device.objects.get(name="wow-prox1")
    estate.sync()
    after = Device.objects.get(name="wow-prox1")
    assert (after.pk, after.platform.name, after.device_type.model) == (before.pk, "Proxmox VE", "PowerEdge FC630")
    assert design().changes == []
    assert estate.conflicts() == []


def test_a_blade_moves_to_another_slot_and_two_swap(design: Callable[..., Any]) -> None:
    design()
    ids = dict(Device.objects.values_list("name", "pk"))
    design(("bay: Slot 2", "bay: Slot x"), ("bay: Slot 3", "bay: Slot 2"), ("bay: Slot x", "bay: Slot 3"))
    assert in_slots() == BY_SLOT ^ {
        ("Slot 2", "wow-ocp-node2"),
        ("Slot 3", "wow-ocp-node3"),
        ("Slot 2", "wow-ocp-node3"),
        ("Slot 3", "wow-ocp-node2"),
    }
    assert dict(Device.objects.values_list("name", "pk")) == ids


def test_two_devices_swap_their_units(design: Callable[..., Any]) -> None:
    design()
    ids = dict(Device.objects.values_list("name", "pk"))
    design(
        ("position: 41, face: front", "position: x, face: front"),
        ("position: 42, face: front", "position: 41, face: front"),
        ("position: x, face: front", "position: 42, face: front"),
    )
    assert {("pfsense", 41, "front"), ("wow-10gb-mik-sw", 42, "front")} <= in_units()
    assert dict(Device.objects.values_list("name", "pk")) == ids


def test_a_device_that_is_taken_out_of_the_design_goes_the_way_of_the_delete_rules(design: Callable[..., Any]) -> None:
    design()
    line = (
        "  - {name: wow-ts01, type: Supermicro/6028U-TR4T+, role: Storage, rack: RACK 1, position: 36, face: front}\n"
    )
    design((line, ""))
    assert Device.objects.get(name="wow-ts01").status.name == "Active", "the grace is not over"
    design((line, ""))
    assert Device.objects.get(name="wow-ts01").status.name == "Decommissioning"
    design()
    assert Device.objects.get(name="wow-ts01").status.name == "Active"


def test_cables_are_plugged_in_and_traced(design: Callable[..., Any]) -> None:
    design()
    assert Cable.objects.count() == 3
    uplink = Device.objects.get(name="pfsense").interfaces.get(name="ix4")
    assert uplink.connected_endpoint == Device.objects.get(name="cisco-sg300-28").interfaces.get(name="gi28")


def test_gateways_are_addresses_with_that_role(design: Callable[..., Any]) -> None:
    design()
    found = IPAddress.objects.filter(role__name="Gateway").values_list("host", flat=True)
    assert sorted(found) == ["10.1.1.1", "172.16.100.1", "172.16.110.1", "172.16.130.1", "172.16.160.1"]


def test_every_claim_says_in_which_file_and_line_it_stands(design: Callable[..., Any]) -> None:
    design()
    origin = Claim.objects.get(kind="device", external_id="device/pfsense").origin
    file, _, line = origin.partition(":")
    text = Document.objects.get(path=file).content.splitlines()[int(line) - 1]
    assert "name: pfsense" in text


def test_what_is_wrong_is_said_all_at_once_with_file_and_line_and_nothing_is_read(design: Callable[..., Any]) -> None:
    from nautobot_wow.errors import ParseError

    design()
    with pytest.raises(ParseError) as caught:
        design(
            ("type: Netgate/1537", "type: Netgate/1538"), ("position: 41", "position: 43"), ("vid: 100", "vid: 5000")
        )
    said = str(caught.value)
    assert "there is no device type Netgate/1538 in the design" in said
    assert "networks.yaml:6: vid: input should be less than or equal to 4094, not 5000" in said
    assert in_units() == BY_UNIT
