"""What a token may see: silence must never be taken for absence."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.proxmox.parse.rights import may_read_acl, parse_rights

AUDITOR = {"VM.Audit": 1, "VM.GuestAgent.Audit": 1, "Sys.Audit": 1, "SDN.Audit": 1, "Pool.Audit": 1}
TOP = ("/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms")
EVERYTHING: dict[str, Any] = dict.fromkeys(TOP, AUDITOR)


def rule(path: str, role: str = "NoAccess", who: str = "wow@pve") -> dict[str, Any]:
    return {"path": path, "roleid": role, "type": "user", "ugid": who, "propagate": 1}


def test_an_auditor_of_everything_sees_everything() -> None:
    rights = parse_rights(EVERYTHING, [rule("/", "PVEAuditor")])
    assert rights.why_guests_are_incomplete() is None
    assert rights.why_bridges_are_hidden() is None
    assert rights.hidden_guests() == frozenset()
    assert rights.summary(9) == "the token sees everything"


def test_a_token_without_rights_sees_nothing_for_certain() -> None:
    rights = parse_rights({}, None)
    assert "grant PVEAuditor" in str(rights.why_guests_are_incomplete())
    assert "bridges are invisible" in str(rights.why_bridges_are_hidden())


@pytest.mark.parametrize(
    "granted",
    [
        {"/": AUDITOR, "/access": AUDITOR},  # something took the rights away at /vms: the dump leaves it out
        {**EVERYTHING, "/vms": {"VM.Audit": 0}},  # not passed on to what is below
        {**EVERYTHING, "/vms": {"VM.Console": 1}},
    ],
)
def test_rights_that_do_not_reach_every_guest_are_not_enough(granted: dict[str, Any]) -> None:
    assert "may not audit all of /vms" in str(parse_rights(granted, []).why_guests_are_incomplete())


def test_rights_given_on_all_guests_alone_are_enough_for_guests() -> None:
    granted = {"/vms": {"VM.Audit": 1}, "/access": {"Sys.Audit": 1}}
    assert parse_rights(granted, []).why_guests_are_incomplete() is None


def test_a_guest_whose_own_path_lacks_the_right_is_hidden_and_the_others_are_not() -> None:
    rights = parse_rights({**EVERYTHING, "/vms/211": {"VM.Console": 1}, "/vms/212": {"VM.Audit": 0}}, [])
    assert rights.hidden_guests() == {211}
    assert rights.why_guests_are_incomplete() is None


def test_a_guest_denied_altogether_is_hidden_although_the_dump_does_not_name_it() -> None:
    rights = parse_rights(EVERYTHING, [rule("/", "PVEAuditor"), rule("/vms/211")])
    assert rights.hidden_guests() == {211}


def test_a_rule_on_a_guest_that_leaves_our_right_alone_hides_nothing() -> None:
    rights = parse_rights({**EVERYTHING, "/vms/211": AUDITOR}, [rule("/vms/211", "PVEVMUser", "other@pve")])
    assert rights.hidden_guests() == frozenset()


def test_a_pool_that_is_denied_hides_guests_nobody_can_name() -> None:
    rights = parse_rights(EVERYTHING, [rule("/pool/secret")])
    assert "shut out of /pool/secret" in str(rights.why_guests_are_incomplete())


def test_a_pool_denied_to_somebody_else_hides_nothing() -> None:
    rights = parse_rights({**EVERYTHING, "/pool/secret": AUDITOR}, [rule("/pool/secret", who="other@pve")])
    assert rights.why_guests_are_incomplete() is None


def test_without_the_access_rules_a_denied_guest_cannot_be_ruled_out() -> None:
    assert "access control list" in str(parse_rights(EVERYTHING, None).why_guests_are_incomplete())
    assert may_read_acl(EVERYTHING)
    assert not may_read_acl({"/vms": AUDITOR})


def test_bridges_need_a_right_on_the_local_zone_and_below_it() -> None:
    zone = "/sdn/zones/localnetwork"
    use_only = {**EVERYTHING, "/sdn": {"SDN.Use": 1}}
    assert parse_rights(use_only, []).why_bridges_are_hidden() is None
    assert parse_rights({**EVERYTHING, zone: {"SDN.Allocate": 1}}, []).why_bridges_are_hidden()
    assert parse_rights(EVERYTHING, [rule(f"{zone}/vmbr1")]).why_bridges_are_hidden()
    assert parse_rights(EVERYTHING, [rule(f"{zone}-other/vmbr1")]).why_bridges_are_hidden() is None


def test_a_missing_agent_right_is_said() -> None:
    granted = {**EVERYTHING, "/vms": {"VM.Audit": 1}}
    assert "VM.GuestAgent.Audit" in parse_rights(granted, []).summary(9)
    release_8 = {**EVERYTHING, "/vms": {"VM.Audit": 1, "VM.Monitor": 1}}
    assert parse_rights(release_8, []).summary(8) == "the token sees everything"
    assert "VM.Monitor" in parse_rights(granted, []).summary(8)


def test_zones_need_a_right_on_all_of_them_and_the_access_rules() -> None:
    zone = "/sdn/zones/campus"
    assert parse_rights(EVERYTHING, []).why_zones_are_incomplete() is None
    assert parse_rights({**EVERYTHING, "/sdn": {"SDN.Use": 1}}, []).why_zones_are_incomplete()
    assert parse_rights(EVERYTHING, [rule(zone)]).why_zones_are_incomplete()
    assert parse_rights({**EVERYTHING, f"{zone}/office": {"SDN.Use": 1}}, []).why_zones_are_incomplete()
    assert "access control list" in str(parse_rights(EVERYTHING, None).why_zones_are_incomplete())


def test_hardware_and_members_need_a_right_on_the_whole_system() -> None:
    nodes_only = {"/nodes": AUDITOR}
    assert parse_rights(EVERYTHING, []).why_parts_are_hidden() is None
    assert "Sys.Audit on /" in str(parse_rights(nodes_only, []).why_parts_are_hidden())
    assert "Sys.Audit on /" in str(parse_rights(nodes_only, []).why_members_are_unknown())


def test_everything_that_stays_invisible_is_a_sentence_with_the_way_out() -> None:
    found = parse_rights({}, None).invisible(9)
    assert len(found) == 6
    assert all("grant" in sentence for sentence in found)
    assert parse_rights(EVERYTHING, [rule("/vms/211")]).invisible(9)[0].startswith("the guests 211 are hidden")


def test_the_privileges_at_a_path_are_those_of_the_nearest_rule() -> None:
    rights = parse_rights({**EVERYTHING, "/vms": {"VM.Audit": 1}}, [])
    assert rights.held_at("/vms") == ("VM.Audit",)
    assert rights.held_at("/nodes") == tuple(sorted(AUDITOR))


@pytest.mark.parametrize("payload", [None, [], {"/": None}, {"/": {"VM.Audit": "perhaps"}}])
def test_rights_that_cannot_be_read_are_an_error(payload: Any) -> None:
    with pytest.raises(ParseError, match="access/permissions"):
        parse_rights(payload, [])
