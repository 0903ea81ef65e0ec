"""Whatever is written into a configuration, our own parsers and the official schema read it back as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.lab.proxmox.schema import load_tree
from development.lab.proxmox.validate import checked
from nautobot_wow.records import AddressType, GuestType
from nautobot_wow.systems.provisioner import GuestSpec, Nic
from nautobot_wow.systems.proxmox.marker import described, request_of
from nautobot_wow.systems.proxmox.parse.config import Plugs, parse_config
from nautobot_wow.systems.proxmox.provision.keys import quoted_key_lines, read_quoted
from nautobot_wow.systems.proxmox.provision.wanted import (
    container_net,
    differences,
    growth,
    ip_config,
    new_clone,
    new_container,
    settings_of,
    vm_net,
)
from tests.systems.proxmox.guests import KEYS, MAC, REQUEST, container, nic, vm

PLUGS = Plugs(bridges=frozenset({"vmbr0", "vmbr1"}))
MACS = st.integers(0, 2**24 - 1).map(
    lambda number: "BC:24:11:" + ":".join(f"{number:06X}"[at : at + 2] for at in (0, 2, 4))
)
FOUR = st.none() | st.tuples(st.integers(1, 254), st.integers(8, 30)).map(lambda pair: f"10.1.2.{pair[0]}/{pair[1]}")
SIX = st.none() | st.tuples(st.integers(1, 65535), st.integers(48, 127)).map(
    lambda two: f"2001:db8::{two[0]:x}/{two[1]}"
)


@st.composite
def nics(draw: st.DrawFn) -> Nic:
    four, six = draw(FOUR), draw(SIX)
    return Nic(
        mac=draw(MACS),
        bridge=draw(st.sampled_from(["vmbr0", "vmbr1"])),
        vlan_tag=draw(st.none() | st.integers(1, 4094)),
        address4=four,
        gateway4=draw(st.sampled_from([None, "10.1.2.254"])),
        address6=six,
        gateway6=draw(st.sampled_from([None, "fe80::1"])),
    )


BEFORE_VM = st.sampled_from([
    "", "virtio=BC:24:11:00:00:01,bridge=vmbr9,firewall=1,tag=7",
    "model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr9,rate=10",
    "e1000=BC:24:11:00:00:03,bridge=vmbr1,trunks=1;2,link_down=1,mtu=1400", "virtio,bridge=vmbr0",
])  # fmt: skip
BEFORE_CONTAINER = st.sampled_from([
    "", "name=eth0,bridge=vmbr9,firewall=1,gw=10.9.9.1,hwaddr=BC:24:11:00:00:01,ip=10.9.9.9/24,tag=7,type=veth",
    "name=net7,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,ip6=auto,rate=5,type=veth,link_down=1",
])  # fmt: skip


def read_back(guest_type: GuestType, settings: dict[str, Any]) -> tuple[Any, ...]:
    config = parse_config(guest_type, 100, settings, PLUGS)
    assert config.refused == ()
    (card,), (interface,) = config.cards, config.interfaces
    told = [str(intent.interface) if intent.interface else None for intent in (card.ip4, card.ip6)]
    assert {intent.type for intent in (card.ip4, card.ip6)} <= {None, AddressType.HOST}
    return card.mac, interface.vid, card.enabled, interface.tagged, *told


def meant(card: Nic) -> tuple[Any, ...]:
    return card.mac, card.vlan_tag or 0, True, frozenset(), card.address4, card.address6


def accepted(verb: str, path: str, **settings: Any) -> None:
    """Check parameters against the official schema, which refuses what it does not know."""
    checked(load_tree().methods[(verb, path)], {"node": "pve1", **settings})


@given(nics(), BEFORE_VM)
def test_the_card_of_a_vm_is_read_back_as_it_was_written(card: Nic, before: str) -> None:
    settings = {"net0": vm_net(card, before), **({"ipconfig0": text} if (text := ip_config(card)) else {})}
    assert read_back(GuestType.VM, settings) == meant(card)
    accepted("PUT", "/nodes/{node}/qemu/{vmid}/config", vmid=100, **settings)
    assert differences(settings, settings) == {}


@given(nics(), BEFORE_CONTAINER)
def test_the_card_of_a_container_is_read_back_as_it_was_written(card: Nic, before: str) -> None:
    settings = {"net0": container_net(card, before)}
    assert read_back(GuestType.LXC, settings) == meant(card)
    accepted("PUT", "/nodes/{node}/lxc/{vmid}/config", vmid=100, **settings)
    assert differences(settings, settings) == {}


@pytest.mark.parametrize("spec", [container(), vm()], ids=["container", "vm"])
def test_every_call_fits_the_official_schema(spec: GuestSpec) -> None:
    accepted("POST", "/nodes/{node}/lxc", **new_container(container()))
    accepted("POST", "/nodes/{node}/qemu/{vmid}/clone", vmid=9024, **new_clone(vm(), "pve2"))
    kind = spec.type.value
    accepted("PUT", f"/nodes/{{node}}/{kind}/{{vmid}}/config", vmid=100, **settings_of(spec, {}))


def test_what_stands_in_another_order_and_case_is_the_same() -> None:
    assert vm_net(nic(vlan_tag=5), "") == f"virtio={MAC},bridge=vmbr0,tag=5"
    now = {
        "net0": f"tag=5,bridge=vmbr0,virtio={MAC.lower()}",
        "ipconfig0": "gw=172.16.100.1,ip=172.16.100.40/24",
        "tags": "web;apps",
        "memory": "current=2048",
        "description": "text\n",
        "agent": "1",
        "sshkeys": quoted_key_lines(KEYS),
    }
    wanted = {
        "net0": vm_net(nic(vlan_tag=5)),
        "ipconfig0": ip_config(nic()),
        "tags": "apps;web",
        "memory": 2048,
        "description": "text",
        "agent": "enabled=1",
        "sshkeys": quoted_key_lines(KEYS),
    }
    assert differences(wanted, now) == {}


def test_what_differs_is_sent_and_what_is_empty_goes() -> None:
    assert differences({"tags": "", "cores": 2, "sockets": 1}, {"tags": "a", "cores": 1}) == {
        "cores": 2,
        "delete": "tags",
    }
    assert differences({"tags": ""}, {}) == {}


@given(
    st.lists(
        st.text("abc def+/=@-%äé", min_size=1, max_size=30).map(lambda text: f"ssh-rsa {text.strip()}x"), max_size=4
    )
)
def test_keys_are_read_back_one_per_line(keys: list[str]) -> None:
    assert read_quoted(quoted_key_lines(keys)) == tuple(dict.fromkeys(keys))
    assert not set(quoted_key_lines(keys)) & set("+ \n")


@given(st.text(max_size=60))
def test_the_marker_is_found_whatever_stands_beside_it(text: str) -> None:
    assert request_of(described(text, REQUEST)) == REQUEST
    assert described(described(text, REQUEST), REQUEST) == described(text, REQUEST)
    assert request_of(described(text, "")) == ""


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"boot": "order=ide2;scsi1", "ide2": "none,media=cdrom", "scsi1": "a:b,size=10G", "scsi0": "a:c,size=1G"},
         ("scsi1", "20G")),
        ({"scsi0": "a:b,size=20G"}, None),
        ({"virtio0": "a:b,size=30720M"}, None),
        ({"sata0": "a:b,size=1536M"}, ("sata0", "20G")),
        ({"boot": "cdn", "scsi0": "a:b,size=10G"}, ("scsi0", "20G")),
        ({"scsi0": "a:b"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_disk_that_is_grown_is_the_one_the_vm_starts_from(
    settings: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    assert growth(GuestType.VM, settings, 20) == expected
