"""The real client over a real socket: what may be believed when things go wrong."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import asyncssh
import pytest

from development.lab.client import Lab
from nautobot_wow.errors import (
    AuthenticationError,
    ConfigurationError,
    Forbidden,
    NotFound,
    ParseError,
    RemoteError,
    SourceError,
    Unreachable,
)
from nautobot_wow.records import Kind
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.pfsense import PFSENSE, PfsenseOptions
from nautobot_wow.systems.registry import SYSTEM_KINDS
from nautobot_wow.systems.ssh import HOST_KEY, HostKeyRefused
from tests.systems.pfsense.boxes import by_key, seen_as
from tests.systems.pfsense.conftest import connection_to, options_of

Read = Callable[..., Snapshot]
Change = Callable[..., None]
UNKNOWN = {"172.16.100.54", "172.16.100.55", "172.16.100.79"}
EVERYTHING = {"config", "live", "arp", "leases", "routes"}


def leased(found: Snapshot) -> set[str]:
    return {one.host for one in seen_as(found, "lease")}


# ---------------------------------------------------------------------------------------------------------- the estate


def test_the_estate_is_read_completely(read: Read) -> None:
    found = read()
    assert found.observed == EVERYTHING
    assert (found.unseen, found.refused) == ({}, ())
    assert by_key(found, Kind.DEVICE)["device"].serial == "1822210042"
    assert {one.first for one in by_key(found, Kind.RANGE).values()} == {"172.16.100.50", "172.16.110.50"}
    assert {one.vid for one in by_key(found, Kind.VLAN).values()} == {110, 130, 160}
    assert leased(found) == UNKNOWN
    assert {one.host for one in seen_as(found, "arp")} >= UNKNOWN | {"172.16.100.50", "10.1.1.2"}
    assert found.learned == {}


def test_a_second_reading_of_the_same_world_is_the_same(read: Read) -> None:
    assert read() == read()


def test_the_kind_is_registered_and_every_option_is_described() -> None:
    assert SYSTEM_KINDS["pfsense"] is PFSENSE
    assert (PFSENSE.precedence, PFSENSE.name, PFSENSE.address_tag) == (130, "pfSense", "")
    assert all(field.description for field in PfsenseOptions.model_fields.values())


@pytest.mark.parametrize("login", ["both", "key", "password"])
def test_a_key_or_a_password_logs_in_whichever_the_box_takes(firewall: Any, change: Change, login: str) -> None:
    change(login=login)
    key = Secret(firewall.describe()["key"])
    ways = {"key": {"key": key, "secret": Secret("")}, "password": {}}
    for name, values in ways.items():
        if login in ("both", name):
            found = PFSENSE.read(connection_to(firewall, **values), options_of(firewall))
            assert found.observed == EVERYTHING
        else:
            with pytest.raises(AuthenticationError, match=f"does not let 'nautobot' log in with a {name}; it takes"):
                PFSENSE.read(connection_to(firewall, **values), options_of(firewall))


def test_commands_mean_the_same_for_tcsh_as_for_sh(read: Read, firewall: Any, change: Change) -> None:
    read()
    change(backend="kea", kea_open=True, lfc="running")
    read()
    change(sudo=True)
    read(sudo=True)
    assert len(set(firewall.asked)) >= 12
    for line in firewall.asked:
        assert re.fullmatch(r"[A-Za-z0-9/._+% -]+", line), "nothing that a shell would take for its own"
        assert re.match(r"/\S+", line), "a path: aliases are nobody's business"


def test_nothing_that_is_asked_changes_anything(read: Read, firewall: Any) -> None:
    read()
    tools = {line.split()[0] for line in firewall.asked}
    assert tools == {
        *("/bin/cat", "/bin/date", "/bin/kenv", "/sbin/ifconfig", "/usr/sbin/arp", "/usr/bin/netstat"),
    }


@pytest.mark.parametrize("version", ["2.7.2-RELEASE", "2.8.0-RELEASE", "2.8.1-RELEASE", "24.11-RELEASE"])
def test_every_release_is_read(read: Read, change: Change, version: str) -> None:
    change(version=version)
    found = read()
    assert (found.observed, found.facts["version"]) == (EVERYTHING, version)
    assert found.facts["edition"] == ("pfSense Plus" if version.startswith("24") else "pfSense CE")


def test_limiting_a_run_makes_no_sense_here(firewall: Any) -> None:
    with pytest.raises(ConfigurationError, match="read as a whole"):
        PFSENSE.read(connection_to(firewall), options_of(firewall), frozenset({"node/x"}))


# ------------------------------------------------------------------------------------------------------------- leases


@pytest.mark.parametrize("lfc", ["", "running", "completed"])
@pytest.mark.parametrize(
    ("version", "is_open"), [("2.7.2-RELEASE", False), ("2.8.0-RELEASE", False), ("2.8.1-RELEASE", True)]
)
def test_leases_of_kea_are_read_however_far_its_clean_up_got(
    read: Read, change: Change, version: str, is_open: bool, lfc: str
) -> None:
    change(backend="kea", version=version, kea_open=is_open, lfc=lfc)
    found = read()
    assert leased(found) == UNKNOWN
    assert found.facts["DHCP server"] == "Kea"


def test_leases_in_both_places_of_kea_are_read_and_the_newer_place_wins(read: Read, change: Change) -> None:
    header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state"
    old = f"{header}\n172.16.100.90,02:00:00:00:00:90,,3600,4000000000,1,0,0,left,0\n"
    old += "172.16.100.54,02:00:00:00:00:54,,3600,4000000000,1,0,0,other,0\n"
    change(backend="kea", kea_open=True, files={"/var/lib/kea/dhcp4.leases": old})
    found = read()
    assert leased(found) == UNKNOWN | {"172.16.100.90"}
    assert next(one.mac for one in seen_as(found, "lease") if one.host == "172.16.100.54") == "B8:27:EB:54:00:54"


def test_closed_folders_of_kea_are_named_and_never_no_leases(read: Read, change: Change) -> None:
    change(backend="kea")
    found = read(lease_addresses=True)
    assert leased(found) == set()
    assert "leases" not in found.observed
    assert "Permission denied" in found.unseen["leases"]
    assert "set the option sudo" in found.unseen["leases"]
    assert found.observed == EVERYTHING - {"leases"}


def test_what_an_older_place_holds_does_not_stand_in_for_a_closed_one(read: Read, change: Change) -> None:
    header = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\n"
    change(backend="kea", files={"/var/lib/kea/dhcp4.leases": header})
    assert "Permission denied" in read().unseen["leases"]


@pytest.mark.parametrize(("sudo", "says"), [(None, "Command not found"), (False, "a password is required")])
def test_sudo_that_is_not_there_or_not_allowed_is_named(read: Read, change: Change, sudo: Any, says: str) -> None:
    change(backend="kea", sudo=sudo)
    assert says in read(sudo=True).unseen["leases"]


def test_sudo_reads_what_is_closed(read: Read, change: Change) -> None:
    change(backend="kea", sudo=True)
    assert leased(read(sudo=True)) == UNKNOWN


def test_files_that_are_renamed_while_they_are_read_are_read_again(read: Read, change: Change, firewall: Any) -> None:
    change(backend="kea", kea_open=True, renames=1)
    assert leased(read()) == UNKNOWN
    assert sum(line.startswith("/bin/cat /var/db/kea") for line in firewall.asked) == 2


def test_files_that_are_renamed_each_time_are_given_up_and_named(read: Read, change: Change) -> None:
    change(backend="kea", kea_open=True, renames=99)
    assert "renamed its lease files each time" in read().unseen["leases"]


@pytest.mark.parametrize(
    ("backend", "path"), [("isc", "/var/dhcpd/var/db/dhcpd.leases"), ("kea", "/var/db/kea/dhcp4.leases")]
)
def test_a_lease_file_that_is_not_there_although_dhcp_serves_is_not_empty(
    read: Read, change: Change, backend: str, path: str
) -> None:
    change(backend=backend, kea_open=True, files={path: None})
    assert "although a DHCP scope is switched on" in read().unseen["leases"]


def test_a_lease_file_that_cannot_be_read_is_named_with_its_line_and_the_rest_is_read(
    read: Read, change: Change
) -> None:
    change(files={"/var/dhcpd/var/db/dhcpd.leases": "lease 172.16.100.54 {\n  nonsense here;\n}\n"})
    found = read()
    assert "cannot read line 2: 'nonsense here;'" in found.unseen["leases"]
    assert by_key(found, Kind.DEVICE)


def test_a_lease_file_that_was_being_written_is_read_again(read: Read, fault: Change) -> None:
    fault("half", command="dhcpd.leases", times=1)
    assert leased(read()) == UNKNOWN


def test_leases_end_by_the_clock_of_the_box(read: Read, change: Change) -> None:
    change(clock_ahead_s=10 * 365 * 86400)
    assert leased(read()) == UNKNOWN


# -------------------------------------------------------------------------------------------------------------- rights


def test_without_the_configuration_nothing_is_known(read: Read, change: Change) -> None:
    change(denied=["/cf"])
    with pytest.raises(
        Forbidden, match="wow-pfsense: user 'nautobot' may not run .*let the user read the configuration"
    ):
        read()


def test_a_box_that_is_no_pfsense_says_so(read: Read, change: Change) -> None:
    change(files={"/etc/version": None})
    with pytest.raises(NotFound, match="No such file"):
        read()
    change(files={"/etc/version": "14.1-RELEASE-p3 of something else\n"})
    with pytest.raises(ParseError, match="wow-pfsense: /etc/version: .* is no version of pfSense"):
        read()


def test_a_user_without_a_shell_is_told_which_privilege_is_missing(read: Read, change: Change) -> None:
    change(shell=False)
    with pytest.raises(RemoteError, match="Shell account access"):
        read()


@pytest.mark.parametrize(
    ("command", "listing"), [("ifconfig", "live"), ("arp", "arp"), ("netstat", "routes"), ("dhcpd.leases", "leases")]
)
@pytest.mark.parametrize("action", ["error", "garbage"])
def test_a_table_that_is_not_to_be_had_is_named_and_the_rest_is_read(
    read: Read, fault: Change, command: str, listing: str, action: str
) -> None:
    fault(action, command=command)
    found = read()
    assert set(found.unseen) == {listing}
    assert found.observed == EVERYTHING - {listing}
    assert by_key(found, Kind.DEVICE)


def test_a_box_without_a_serial_number_has_none(read: Read, lab: Lab) -> None:
    lab.call(lambda: setattr(lab.world.fabric.box("pfsense"), "serial", ""))
    assert by_key(read(), Kind.DEVICE)["device"].serial is None


# -------------------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("action", ["half", "garbage"])
@pytest.mark.parametrize("command", ["config.xml", "/etc/version", "date"])
def test_half_or_garbage_of_what_is_needed_is_refused(read: Read, fault: Change, action: str, command: str) -> None:
    fault(action, command=command)
    with pytest.raises(ParseError, match="wow-pfsense: "):
        read()


@pytest.mark.parametrize("action", ["cut", "drop"])
@pytest.mark.parametrize("command", ["version", "config.xml", "ifconfig", "arp", "netstat", "dhcpd.leases", "date"])
def test_an_answer_that_is_cut_off_ends_the_reading(read: Read, fault: Change, action: str, command: str) -> None:
    fault(action, command=command)
    with pytest.raises(Unreachable, match="wow-pfsense: "):
        read()


def test_a_table_that_ends_in_the_middle_of_a_line_is_no_shorter_table(read: Read, fault: Change) -> None:
    fault("half", command="arp")
    assert "ends in the middle" in read().unseen["arp"]


def test_silence_is_given_up_in_time(firewall: Any, fault: Change) -> None:
    fault("silent", command="ifconfig")
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"did not answer within 0\.5 s"):
        PFSENSE.read(connection_to(firewall, timeout_s=0.5), options_of(firewall))
    assert time.monotonic() - began < 5


def test_who_goes_on_for_ever_is_given_up(firewall: Any, fault: Change) -> None:
    fault("slow", command="config.xml", seconds=0.1)
    with pytest.raises(Unreachable, match=r"was not done after 2 s"):
        PFSENSE.read(connection_to(firewall, timeout_s=0.2), options_of(firewall))


def test_a_slow_answer_is_an_answer(read: Read, fault: Change) -> None:
    fault("slow", command="netstat", seconds=0.01)
    assert read().observed == EVERYTHING


def test_a_box_that_hangs_up_is_unreachable(read: Read, change: Change) -> None:
    change(refuses=True)
    with pytest.raises(Unreachable, match="wow-pfsense: ssh://127.0.0.1:"):
        read()


def test_a_wrong_password_is_tried_once_and_not_shown(firewall: Any, caplog: pytest.LogCaptureFixture) -> None:
    wrong = Secret("wrong-horse")
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError) as caught:
        PFSENSE.read(connection_to(firewall, secret=wrong), options_of(firewall))
    assert "wrong-horse" not in str(caught.value) + caplog.text
    assert len(firewall.logins) == 1, "sshguard locks out who tries again"


def test_another_host_key_is_refused_before_anything_is_sent(firewall: Any) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    for options in (PfsenseOptions(), PfsenseOptions(host_key=other)):
        with pytest.raises(HostKeyRefused):
            PFSENSE.read(connection_to(firewall), options)
    assert (firewall.logins, firewall.asked) == ([], [])


def test_the_first_host_key_is_learned_where_that_is_chosen(firewall: Any) -> None:
    found = PFSENSE.read(connection_to(firewall), PfsenseOptions(host_key_policy="first-use"))
    assert found.learned == {HOST_KEY: firewall.describe()["host_key"]}


# ------------------------------------------------------------------------------------------------------------- secrets


def test_no_secret_of_the_box_or_of_ours_is_anywhere(
    read: Read, firewall: Any, fault: Change, caplog: pytest.LogCaptureFixture
) -> None:
    facts = firewall.describe()
    secrets = [*firewall.secrets.values(), facts["password"], facts["key"].split("\n")[1]]
    with caplog.at_level(logging.DEBUG):
        said = repr(read())
        for action in ("half", "cut", "drop", "error", "garbage"):
            fault(action, command="config.xml", times=1)
            with pytest.raises(SourceError) as caught:
                read()
            said += str(caught.value)
    assert any(secret in text for secret in secrets for text in firewall.files.all().values()), "they are in the files"
    assert not [secret for secret in secrets if secret in said + caplog.text]


# --------------------------------------------------------------------------------------------------- connection test


def test_the_connection_test_says_who_answers_and_what_cannot_be_read(firewall: Any, change: Change) -> None:
    change(backend="kea")
    report = PFSENSE.check(connection_to(firewall), options_of(firewall))
    facts = dict(report.facts)
    assert (facts["version"], facts["edition"], facts["serial"]) == ("2.8.1-RELEASE", "pfSense CE", "1822210042")
    assert facts["user"] == "nautobot, with a password"
    (sentence,) = report.invisible
    assert sentence.startswith("who holds a lease: wow-pfsense: user 'nautobot' may not run")


def test_the_connection_test_shows_a_key_that_it_accepted(firewall: Any) -> None:
    report = PFSENSE.check(connection_to(firewall), PfsenseOptions(host_key_policy="first-use"))
    assert dict(report.facts)["host key accepted at first use"].startswith("SHA256:")


# ---------------------------------------------------------------------------------------------------- the lab itself


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("cat /etc/version 2>/dev/null", "cat: 2: No such file or directory"),
        ("for x in a b", "for: Command not found."),
        ("cat /var/db/kea/*.leases", "cat: No match."),
        ('echo "hello !world"', "world: Event not found."),
        ("cat $FILE", "FILE: Undefined variable."),
        ("reboot", "reboot: Command not found."),
        ("cat /etc/master.passwd", "cat: /etc/master.passwd: Permission denied"),
    ],
)
def test_the_lab_refuses_what_tcsh_refuses(firewall: Any, line: str, complaint: str) -> None:
    result = firewall.shell.run(line)
    assert (result.status, result.complaint.strip()) == (1, complaint)


def test_keys_and_passwords_outlive_a_restart(tmp_path: Any) -> None:
    with Lab(folder=tmp_path) as lab:
        before = lab.side("pfsense").describe()
    with Lab(folder=tmp_path) as lab:
        assert lab.side("pfsense").describe() == before
