"""What goes wrong on the way: a clear error or a scope that is unseen, never a table that is only shorter."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable

import pytest

from development.lab.client import Lab
from development.lab.routeros.server import Router
from nautobot_wow.errors import ParseError, SourceError, Unreachable
from nautobot_wow.records import Record
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.routeros import ROUTEROS
from nautobot_wow.systems.routeros import menus as menus_module
from nautobot_wow.systems.routeros.menus import TABLES
from nautobot_wow.systems.routeros.options import RouterOsOptions
from tests.systems.routeros.conftest import connection_to

Read = Callable[..., Snapshot]
IDENTITY = [menus_module.IDENTITY.path, menus_module.RESOURCE.path]
PATHS = {menu.path: menu.scope for menu in TABLES}
BREAKING = ["drop", "half", "silent", "fatal", "garbage"]
REFUSING = ["trap", "traps", "missing", "denied"]


@pytest.fixture(scope="module")
def whole(running_lab: Lab) -> dict[str, Record]:
    """What is read when nothing goes wrong."""
    running_lab.change("reset")
    snapshot = ROUTEROS.read(connection_to(running_lab.side("routeros")), RouterOsOptions())
    return {record.key: record for record in snapshot.records}


def break_it(lab: Lab, action: str, path: str = "", **how: object) -> None:
    lab.change("side_fault", slug="routeros", action=action, command=f"^{path}(/print)?$" if path else "", **how)


def test_nobody_listening_is_unreachable(read: Read) -> None:
    with pytest.raises(Unreachable, match="wow-crs317: no connection to https://127.0.0.1:9.*/ip service"):
        read(url="https://127.0.0.1:9")


def test_a_name_that_nobody_knows_is_unreachable(read: Read) -> None:
    with pytest.raises(Unreachable, match="wow-crs317"):
        read(url="https://no-such-host.invalid")


def test_a_router_that_turns_everybody_away_is_unreachable(read: Read, lab: Lab, router: Router) -> None:
    lab.change("side", slug="routeros", refuses=True)
    with pytest.raises(Unreachable, match="wow-crs317"):
        read()
    with pytest.raises(Unreachable, match="wow-crs317"):
        read(url=router.describe()["plain_url"], options={"allow_plaintext": True})


@pytest.mark.parametrize("path", ["/login", *IDENTITY, *PATHS])
@pytest.mark.parametrize("action", BREAKING)
def test_an_answer_that_does_not_end_ends_the_reading(read: Read, lab: Lab, action: str, path: str) -> None:
    break_it(lab, action, path)
    with pytest.raises((Unreachable, ParseError), match=r"^wow-crs317: "):
        read(timeout_s=0.3)


@pytest.mark.parametrize("path", IDENTITY)
@pytest.mark.parametrize("action", [*REFUSING, "nonsense"])
def test_whoever_does_not_say_who_it_is_is_not_read(read: Read, lab: Lab, action: str, path: str) -> None:
    break_it(lab, action, path)
    if (action, path) == ("nonsense", "/system/identity"):
        return  # a router may be called anything
    with pytest.raises(SourceError, match=path):
        read()


@pytest.mark.parametrize(("path", "scope"), list(PATHS.items()))
@pytest.mark.parametrize("action", REFUSING)
def test_an_error_in_the_middle_leaves_a_table_unseen_and_takes_nothing_away(
    read: Read, lab: Lab, whole: dict[str, Record], action: str, path: str, scope: str
) -> None:
    break_it(lab, action, path)
    snapshot = read()
    assert path in snapshot.unseen[scope]
    kept = {record.key for record in snapshot.records}
    assert kept <= set(whole)
    assert not any(snapshot.covers(whole[key].scopes) for key in set(whole) - kept)


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/ip/route", "/ip/dhcp-server/network")])
def test_values_that_make_no_sense_never_become_a_smaller_table(
    read: Read, lab: Lab, whole: dict[str, Record], path: str
) -> None:
    break_it(lab, "nonsense", path)
    snapshot = read()
    kept = {record.key for record in snapshot.records}
    assert not any(snapshot.covers(whole[key].scopes) for key in set(whole) - kept)


def test_a_port_that_does_not_tell_its_link_takes_no_part_away(read: Read, lab: Lab, whole: dict[str, Record]) -> None:
    break_it(lab, "trap", "/interface/ethernet/monitor", times=1, text="no such item (4)")
    snapshot = read()
    assert "no such item (4)" in snapshot.unseen["parts"]
    assert {key for key in whole if "/part/" not in key} <= {record.key for record in snapshot.records}


def test_a_time_out_names_the_question_and_what_to_do(read: Read, lab: Lab) -> None:
    break_it(lab, "silent", "/ip/arp")
    with pytest.raises(Unreachable, match=r"did not answer /ip/arp within 0.3 s.*raise the time-out"):
        read(timeout_s=0.3)


def test_a_trickle_of_bytes_does_not_renew_the_time(read: Read, lab: Lab) -> None:
    break_it(lab, "slow", "/interface", seconds=0.05)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer /interface"):
        read(timeout_s=0.5)
    assert time.monotonic() - began < 5


def test_what_the_router_says_is_quoted(read: Read, lab: Lab) -> None:
    break_it(lab, "trap", "/ip/arp", text="std failure: timeout (13)")
    assert "std failure: timeout (13)" in read().unseen["arp"]


def test_no_secret_is_in_an_error_or_a_log(
    read: Read, lab: Lab, router: Router, caplog: pytest.LogCaptureFixture
) -> None:
    password = router.describe()["password"]
    caplog.set_level(logging.DEBUG)
    logging.getLogger("librouteros").setLevel(logging.DEBUG)
    break_it(lab, "fatal", "/ip/arp", text=f"you are {password}")
    with pytest.raises(Unreachable) as caught:
        read()
    assert password not in "".join(traceback.format_exception(caught.value)) + caplog.text
    with pytest.raises(SourceError) as wrong:
        read(secret=Secret(wrong_password := password[::-1]))
    assert wrong_password not in "".join(traceback.format_exception(wrong.value)) + caplog.text
