"""Reading single guests and nodes: what is asked, and what may be concluded from the answers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.estate import CLUSTER_FILE
from nautobot_wow.errors import ConfigurationError, NotFound
from nautobot_wow.records import Kind
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.systems.proxmox.conftest import connection_to

ReadOnly = Callable[..., Snapshot]
ABOUT_EVERYTHING = ["/version", "/access/permissions", "/access/acl", "/cluster/status", "/cluster/resources"]
NETWORKS = ["/cluster/sdn/zones", "/cluster/sdn/vnets"]


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    with Lab(estate=CLUSTER_FILE) as lab:
        yield lab


@pytest.fixture
def only(lab: Lab) -> ReadOnly:
    """Read only these keys."""
    return lambda *keys: PROXMOX.read(connection_to(lab), ProxmoxOptions(), frozenset(keys))


@pytest.fixture
def asked(lab: Lab) -> Sequence[str]:
    """The paths that the lab is asked for."""
    lab.endpoint.asked.clear()
    return lab.endpoint.asked


def keys(snapshot: Snapshot, *kinds: Kind) -> list[str]:
    return [record.key for record in snapshot.records if not kinds or record.kind in kinds]


# ---------------------------------------------------------------------------------------------------- a guest


def test_a_guest_is_read_with_its_cards_and_addresses_and_nothing_else(only: ReadOnly) -> None:
    found = only("lxc/101")
    assert keys(found) == ["cluster", "lxc/101", "lxc/101/net0", "10.20.10.11"]
    assert (found.observed, found.unseen, found.refused) == ({"guests/lxc/101"}, {}, ())


def test_a_guest_on_a_bridge_costs_nothing_but_its_own_questions(only: ReadOnly, asked: Sequence[str]) -> None:
    only("qemu/102")
    guest = "/nodes/pve1/qemu/102"
    own = [f"{guest}/config", f"{guest}/agent/network-get-interfaces", f"{guest}/agent/get-osinfo"]
    assert sorted(asked) == sorted([*ABOUT_EVERYTHING, "/nodes/pve1/network", *own])


def test_the_networks_are_asked_for_once_if_a_card_hangs_on_one_and_no_subnets(
    only: ReadOnly, asked: Sequence[str]
) -> None:
    found = only("lxc/101", "qemu/100", "qemu/104")
    assert [path for path in asked if "/sdn/" in path] == NETWORKS
    cards = {record.key: vars(record)["vid"] for record in found.records if record.kind is Kind.GUEST_INTERFACE}
    assert cards == {"lxc/101/net0": 10, "qemu/100/net0": 30, "qemu/104/net0": None}


def test_a_guest_says_the_same_alone_as_among_all(only: ReadOnly) -> None:
    everything = {(record.kind, record.key): record for record in only().records}
    for key in ("qemu/100", "lxc/101", "qemu/102", "lxc/103", "qemu/104"):
        for record in only(key).records:
            assert everything[record.kind, record.key] == record


def test_a_guest_that_is_not_listed_was_looked_for_and_is_gone(only: ReadOnly, lab: Lab) -> None:
    lab.change("destroy", id=101)
    found = only("lxc/101", "lxc/100")
    assert keys(found) == ["cluster"]
    assert (found.observed, found.unseen) == ({"guests/lxc/101", "guests/lxc/100"}, {})


def cut_off(lab: Lab, path: str) -> None:
    rows = [{"path": "/", "who": who, "role": "PVEAuditor"} for who in ("wow@pve", "wow@pve!nautobot")]
    lab.change("set_acl", rows=[*rows, {"path": path, "who": "wow@pve", "role": "NoAccess"}])


@pytest.mark.parametrize(
    ("accident", "reason"),
    [
        (lambda lab: cut_off(lab, "/vms"), "may not audit all of /vms"),
        (lambda lab: cut_off(lab, "/vms/101"), "the token may not see it"),
        (lambda lab: cut_off(lab, "/access"), "access control list"),
        (lambda lab: lab.change("set_node", node="pve3", online=False), "node pve3 is offline"),
        (lambda lab: lab.change("set_quorum", quorate=False), "no quorum"),
        (lambda lab: lab.change("fault", action="malformed", path="GET /cluster/resources"), "listed without its id"),
        (lambda lab: lab.change("fault", action="empty", path="GET /cluster/resources"), "do not name the same nodes"),
    ],
)
def test_a_guest_that_is_not_listed_is_unseen_if_the_list_may_lack_it(
    only: ReadOnly, lab: Lab, accident: Callable[[Lab], Any], reason: str
) -> None:
    lab.change("destroy", id=101)
    accident(lab)
    found = only("lxc/101")
    assert reason in found.unseen["guests/lxc/101"]
    assert not found.covers(["guests/lxc/101"])


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/lxc/101/config", "status": 500, "reason": "got timeout"},
        {"path": "/nodes/pve2/network", "status": 595, "reason": "No route to host"},
    ],
)
def test_a_guest_that_cannot_be_read_is_unseen(only: ReadOnly, lab: Lab, fault: dict[str, Any]) -> None:
    lab.change("fault", action="status", **fault)
    found = only("lxc/101")
    assert not found.covers(["guests/lxc/101/addresses/net0"])
    assert str(fault["reason"]) in " ".join(found.unseen.values())


def test_an_error_of_another_node_is_nothing_to_a_guest(only: ReadOnly, lab: Lab) -> None:
    lab.change("fault", action="status", path="/nodes/pve3/", status=500, reason="got timeout")
    assert only("lxc/101").covers(["guests/lxc/101"])


def test_a_row_of_another_guest_that_cannot_be_read_is_no_refusal_of_this_one(only: ReadOnly, lab: Lab) -> None:
    lab.change("fault", action="malformed", path="GET /cluster/resources")
    found = only("lxc/101")
    assert found.refused == ()
    assert found.covers(["guests/lxc/101"])


def test_a_template_that_was_a_guest_is_no_guest_any_more(only: ReadOnly, lab: Lab) -> None:
    lab.call(lambda: setattr(lab.world.guest(104), "template", True))
    found = only("qemu/104")
    assert keys(found) == ["cluster"]
    assert found.covers(["guests/qemu/104"])


# ----------------------------------------------------------------------------------------------------- a node


def test_a_node_is_read_with_its_parts_interfaces_and_the_guests_on_it(only: ReadOnly) -> None:
    found = only("node/pve3")
    assert keys(found, Kind.DEVICE, Kind.GUEST) == ["node/pve3", "lxc/103", "qemu/104"]
    assert set(keys(found, Kind.INTERFACE)) == {"node/pve3/eno1", "node/pve3/vmbr0"}
    assert set(keys(found, Kind.PART)) == {"node/pve3/part/cpu", "node/pve3/part/memory"}
    assert keys(found, Kind.VLAN, Kind.PREFIX) == []
    assert found.observed == {
        "nodes/pve3/interfaces",
        "nodes/pve3/parts",
        "guests/lxc/103",
        "guests/qemu/104",
    }


def test_a_node_costs_no_question_about_another_one(only: ReadOnly, asked: Sequence[str]) -> None:
    only("node/pve2")
    parts = ["version", "network", "status", "disks/list", "hardware/pci"]
    guest = ["lxc/101/config", "lxc/101/interfaces"]
    own = [f"/nodes/pve2/{path}" for path in (*parts, *guest)]
    assert sorted(asked) == sorted([*ABOUT_EVERYTHING, *NETWORKS, *own])


def test_a_node_and_a_guest_elsewhere_are_read_together(only: ReadOnly, asked: Sequence[str]) -> None:
    found = only("node/pve3", "lxc/101")
    assert keys(found, Kind.DEVICE, Kind.GUEST) == ["node/pve3", "lxc/101", "lxc/103", "qemu/104"]
    assert "/nodes/pve2/network" in asked
    assert "/nodes/pve2/status" not in asked
    assert "nodes/pve2/interfaces" not in found.observed


def test_an_offline_node_is_read_as_such_and_what_is_in_it_is_unseen(only: ReadOnly, lab: Lab) -> None:
    lab.change("set_node", node="pve3", online=False)
    found = only("node/pve3")
    assert keys(found) == ["cluster", "node/pve3"]
    for scope in ("nodes/pve3/interfaces", "nodes/pve3/parts", "guests/lxc/103"):
        assert not found.covers([scope])


@pytest.mark.parametrize("scope", ["nodes", "guests", "sdn"])
@pytest.mark.parametrize("key", ["lxc/101", "node/pve1", "qemu/999"])
def test_nothing_is_concluded_about_everything(only: ReadOnly, key: str, scope: str) -> None:
    found = only(key)
    assert scope not in found.observed
    assert scope not in found.unseen


# ---------------------------------------------------------------------------------------------- wrong questions


def test_a_node_that_is_not_listed_is_not_found_and_the_others_are_named(only: ReadOnly) -> None:
    with pytest.raises(NotFound, match=r"there is no node pve9; there are pve1, pve2, pve3"):
        only("node/pve9")


@pytest.mark.parametrize(
    "key", ["", "101", "vm/101", "lxc/", "lxc/1x", "node/", "node/../x", "lxc/101/net0", "cluster"]
)
def test_a_key_of_an_unknown_form_is_refused_before_anything_is_asked(
    only: ReadOnly, asked: Sequence[str], key: str
) -> None:
    with pytest.raises(ConfigurationError, match="names no node and no guest") as caught:
        only("lxc/101", key)
    assert ast.literal_eval(str(caught.value).split(": ")[1].split(" names")[0]) == key
    assert not asked
