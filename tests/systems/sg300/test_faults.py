"""What goes wrong on the way: a clear error or a scope that is unseen, never a table that is only shorter."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable

import pytest

from development.lab.client import Lab
from development.lab.sg300.server import READER, Switch
from nautobot_wow.errors import ParseError, RemoteError, SourceError, Unreachable
from nautobot_wow.records import InterfaceRecord, Record, VlanRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.sg300 import SG300
from tests.systems.sg300.conftest import connection_to, options_for

Read = Callable[..., Snapshot]
BOX = "cisco-sg300-28"
IDENTITY = ["show version", "show system$"]
TABLES = {
    "show inventory": "parts",
    "show running-config": "configuration",
    "show interfaces status": "interfaces",
    "show interfaces configuration": "interfaces",
    "show interfaces description": "interfaces/descriptions",
    "show vlan": "vlans",
    "show ip interface": "addresses",
    "show mac.address-table": "mac-table",
    "show lldp neighbors": "neighbours",
}
COMMANDS = [*IDENTITY, *TABLES]


@pytest.fixture(scope="module")
def whole(running_lab: Lab) -> dict[str, Record]:
    """What is read when nothing goes wrong."""
    running_lab.change("reset")
    switch = running_lab.side("sg300")
    snapshot = SG300.read(connection_to(switch), options_for(switch))
    return {record.key: record for record in snapshot.records}


def break_it(lab: Lab, action: str, command: str = "", **how: object) -> None:
    lab.change("side_fault", slug="sg300", action=action, command=command, **how)


# ------------------------------------------------------------------------------------------- no answer ends the reading


def test_nobody_listening_is_unreachable(read: Read) -> None:
    with pytest.raises(Unreachable, match="wow-sg300: ssh://127.0.0.1:9 cannot be reached"):
        read(url="ssh://127.0.0.1:9")


def test_a_switch_that_turns_everybody_away_is_unreachable(read: Read, lab: Lab) -> None:
    lab.change("side", slug="sg300", refuses=True)
    with pytest.raises(Unreachable, match="wow-sg300"):
        read()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("action", ["half", "drop"])
def test_an_answer_that_does_not_end_ends_the_reading(read: Read, lab: Lab, action: str, command: str) -> None:
    break_it(lab, action, command)
    with pytest.raises(Unreachable, match=r"wow-sg300: .*(did not finish|closed the session|closed the connection)"):
        read(timeout_s=0.5)


def test_a_time_out_names_the_question_and_what_to_do(read: Read, lab: Lab) -> None:
    break_it(lab, "silent", "show vlan")
    with pytest.raises(Unreachable, match="'show vlan': nothing came for 0.5 s.*check the switch, and the time-out"):
        read(timeout_s=0.5)


# ------------------------------------------------------------------------- an answer that cannot be read is not a table


@pytest.mark.parametrize("command", IDENTITY)
@pytest.mark.parametrize("action", ["garbage", "error", "unknown"])
def test_whoever_does_not_say_who_it_is_is_not_read(read: Read, lab: Lab, action: str, command: str) -> None:
    break_it(lab, action, command)
    with pytest.raises((ParseError, RemoteError), match="wow-sg300: show .* Is it a switch"):
        read()


@pytest.mark.parametrize(("command", "scope"), list(TABLES.items()))
@pytest.mark.parametrize("action", ["garbage", "error", "unknown"])
def test_a_table_that_cannot_be_read_is_unseen_and_the_others_count(
    read: Read, lab: Lab, whole: dict[str, Record], action: str, command: str, scope: str
) -> None:
    break_it(lab, action, command)
    snapshot = read()
    assert scope in snapshot.unseen
    assert re.search(command, snapshot.unseen[scope])
    kept = {record.key for record in snapshot.records}
    # Nothing that is left out could be taken for gone, and nothing is known that was not known before.
    assert kept <= set(whole)
    assert not any(snapshot.covers(whole[key].scopes) for key in set(whole) - kept)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_that_was_cut_in_the_middle_takes_nothing_away(
    read: Read, lab: Lab, whole: dict[str, Record], command: str
) -> None:
    break_it(lab, "cut", command)
    try:
        snapshot = read()
    except SourceError:
        return
    kept = {record.key for record in snapshot.records}
    assert not any(snapshot.covers(whole[key].scopes) for key in set(whole) - kept)


def test_vlans_that_the_configuration_knows_cannot_be_cut_off(read: Read, lab: Lab) -> None:
    lab.change("set_box", box=BOX, vlans={vid: f"vlan{vid}" for vid in range(100, 140)})
    break_it(lab, "cut", "show vlan")
    snapshot = read()
    assert "vlans" in snapshot.unseen
    assert not any(isinstance(record, VlanRecord) for record in snapshot.records)
    ports = [record for record in snapshot.records if isinstance(record, InterfaceRecord) and record.name != "vlan 1"]
    assert len(ports) == 28
    assert all(record.vid is None and record.tagged is None for record in ports)


def test_the_line_that_was_not_understood_is_quoted(read: Read, lab: Lab) -> None:
    break_it(lab, "garbage", "show mac address-table")
    assert "show mac address-table: cannot read" in read().unseen["mac-table"]
    assert "ÿþ" in read().unseen["mac-table"]


def test_members_that_the_table_and_the_configuration_contradict_are_not_known(read: Read, lab: Lab) -> None:
    for name in ("gi27", "gi28"):
        lab.change("set_box_port", box=BOX, port=name, lag="Po1")
    for command in ("show running-config", "show interfaces port-channel"):
        lab.side("sg300").faults.waiting.clear()
        break_it(lab, "cut", command)
        snapshot = read()
        assert "interfaces/channels" in snapshot.unseen
        assert {record.lag for record in snapshot.records if isinstance(record, InterfaceRecord)} == {None}
        assert not snapshot.covers(["interfaces/channels"])


def test_without_members_of_channels_nobody_knows_who_is_in_one(read: Read, lab: Lab, switch: Switch) -> None:
    break_it(lab, "garbage", "port-channel")
    snapshot = read(username=READER, secret=Secret(switch.passwords[READER]))
    ports = [record for record in snapshot.records if isinstance(record, InterfaceRecord)]
    assert {record.lag for record in ports} == {None}
    assert not snapshot.covers(["interfaces/channels"])


# --------------------------------------------------------------------------------------------- what does no harm at all


def test_a_pager_that_asks_although_it_was_switched_off_is_answered(read: Read, lab: Lab) -> None:
    whole = read()
    break_it(lab, "pager")
    assert read() == whole


def test_a_message_about_an_event_is_not_taken_for_a_row(read: Read, lab: Lab) -> None:
    whole = read()
    break_it(lab, "log")
    assert read() == whole


def test_a_slow_answer_is_waited_for_as_long_as_anything_comes(read: Read, lab: Lab) -> None:
    break_it(lab, "slow", "show interfaces status", seconds=0.05)
    began = time.monotonic()
    assert read(timeout_s=1.0).unseen == {}
    assert time.monotonic() - began > 1.5


def test_the_next_reading_after_a_fault_is_whole(read: Read, lab: Lab) -> None:
    break_it(lab, "drop", "show vlan", times=1)
    with pytest.raises(Unreachable):
        read()
    assert read().unseen == {}


# -------------------------------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize("action", ["silent", "drop", "garbage"])
@pytest.mark.parametrize("login", ["password", "shell"])
def test_no_secret_is_in_an_error_or_in_what_is_kept(
    read: Read, lab: Lab, switch: Switch, caplog: pytest.LogCaptureFixture, action: str, login: str
) -> None:
    caplog.set_level("DEBUG")
    lab.change("side", slug="sg300", login=login)
    break_it(lab, action, "show version")
    with pytest.raises(SourceError) as caught:
        read(timeout_s=0.5)
    said = "".join(traceback.format_exception(caught.value))
    assert switch.passwords["nautobot"] not in said
    assert switch.passwords["nautobot"] not in caplog.text


def test_nothing_secret_of_the_configuration_is_kept(read: Read) -> None:
    snapshot = read()
    assert "5" * 40 not in repr(snapshot)
    assert "ssd" not in repr(snapshot)
