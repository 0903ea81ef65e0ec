"""The test of a connection: who answers, with which rights, over which certificate, and what stays invisible."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Any

import pytest

from development.lab.certificates import certificates_in
from development.lab.client import Lab
from nautobot_wow.errors import AuthenticationError, ConfigurationError, Unreachable
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.kind import ConnectionReport
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.systems.proxmox.conftest import connection_to

READERS = ("wow@pve", "wow@pve!nautobot")


def check(lab: Lab, **changes: Any) -> ConnectionReport:
    return PROXMOX.check(connection_to(lab, **changes), ProxmoxOptions())


def facts(lab: Lab, **changes: Any) -> dict[str, str]:
    return dict(check(lab, **changes).facts)


def grant(lab: Lab, *more: tuple[str, str]) -> None:
    rows = [{"path": "/", "who": who, "role": "PVEAuditor"} for who in READERS]
    lab.change("set_acl", rows=[*rows, *({"path": path, "who": "wow@pve", "role": role} for path, role in more)])


def test_a_good_connection_says_who_answers_with_which_rights(lab: Lab) -> None:
    report = check(lab)
    found = dict(report.facts)
    assert (found["version"], found["release"]) == ("9.1.3", "9.1")
    assert (found["cluster"], found["nodes"]) == ("none, a standalone node", "wow-prox1 online")
    assert found["token"] == "wow@pve!nautobot"
    assert found["rights on /vms"].endswith("VM.Audit, VM.GuestAgent.Audit")
    assert found["round trip"].endswith(" ms")
    assert report.invisible == ()


def test_the_members_of_a_cluster_are_named_with_their_state(lab: Lab) -> None:
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("add_node", node="wow-prox3", address="172.16.110.103")
    lab.change("set_node", node="wow-prox3", online=False)
    found = facts(lab)
    assert found["cluster"] == "wow, has a quorum"
    assert found["nodes"] == "wow-prox1 online, wow-prox2 online, wow-prox3 offline"


def test_the_certificate_is_shown_with_what_made_it_trusted(lab: Lab) -> None:
    found = facts(lab)
    assert (found["certificate of"], found["certificate issued by"]) == (
        "commonName=localhost",
        "commonName=WOW lab CA",
    )
    assert found["certificate"] == f"verified with {lab.ca_file}"
    assert found["certificate valid until"].endswith("824 days left")
    assert len(found["certificate SHA-256"].split(":")) == 32


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_without_verification_the_same_certificate_is_shown_and_said_not_to_be_verified(lab: Lab) -> None:
    trusted, found = facts(lab), facts(lab, verify_tls=False, ca_file=None)
    assert found["certificate"] == "not verified: verification is switched off"
    for name in ("certificate of", "certificate issued by", "certificate valid until", "certificate SHA-256"):
        assert found[name] == trusted[name]


def test_a_certificate_that_is_not_trusted_is_shown_in_the_error_and_the_token_is_not_sent(
    lab: Lab, tmp_path: Any
) -> None:
    other = certificates_in(tmp_path)
    fingerprint = facts(lab)["certificate SHA-256"]
    lab.endpoint.asked.clear()
    with pytest.raises(Unreachable, match="unable to get local issuer certificate") as caught:
        check(lab, ca_file=str(other.ca_file))
    assert fingerprint in str(caught.value)
    assert "issued by commonName=WOW lab CA" in str(caught.value)
    assert "CA file" in str(caught.value)
    assert not lab.endpoint.asked


def test_a_port_without_tls_is_said_to_have_none(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_talk_plainly, args=(server,), daemon=True).start()
        with pytest.raises(Unreachable, match="no TLS with"):
            check(lab, url=f"https://127.0.0.1:{server.getsockname()[1]}")


def _talk_plainly(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1)
        connection.sendall(b"SSH-2.0-nothing\r\n")


def test_a_port_where_nobody_listens_is_unreachable(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="check address, port and firewall"):
        check(lab, url=f"https://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (("/vms", "NoAccess"), "may not audit all of /vms"),
        (("/vms/210", "NoAccess"), "guests 210 are hidden"),
        (("/pool/infrastructure", "NoAccess"), "shut out of /pool/infrastructure"),
        (("/vms", "PVETemplateUser"), "VM.GuestAgent.Audit on /vms"),
        (("/sdn/zones/localnetwork", "NoAccess"), "bridges are invisible"),
        (("/sdn/zones/campus", "NoAccess"), "zones, vnets and subnets are invisible"),
        (("/nodes/wow-prox1", "NoAccess"), "Sys.Audit on /"),
        (("/access", "NoAccess"), "so a guest may be hidden"),
    ],
)
def test_each_thing_that_stays_invisible_is_a_sentence_with_what_to_grant(
    lab: Lab, rule: tuple[str, str], sentence: str
) -> None:
    grant(lab, rule)
    found = [text for text in check(lab).invisible if sentence in text]
    assert len(found) == 1
    assert "grant" in found[0]


def test_a_token_without_any_rights_is_told_everything_it_lacks(lab: Lab) -> None:
    lab.change("set_acl", rows=[])
    report = check(lab)
    assert dict(report.facts)["rights on /"] == "none"
    assert dict(report.facts)["cluster"].startswith("unknown")
    assert len(report.invisible) == 6


def test_release_8_names_the_right_that_it_has(lab: Lab) -> None:
    lab.change("set_version", node="wow-prox1", version="8.4.14")
    assert any("VM.Monitor" in text for text in check(lab).invisible)


def test_a_wrong_token_and_a_wrong_setting_are_told_apart(lab: Lab) -> None:
    with pytest.raises(AuthenticationError, match="wow@pve!nautobot"):
        check(lab, secret=Secret("11111111-2222-3333-4444-555555555555"))
    with pytest.raises(ConfigurationError, match="no CA file"):
        check(lab, ca_file="/nowhere/ca.pem")


def test_neither_report_nor_error_nor_log_holds_the_secret(
    lab: Lab, connection: Connection, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    said = []
    with caplog.at_level(logging.DEBUG):
        said.append(repr(check(lab)))
        for changes in ({"ca_file": str(certificates_in(tmp_path).ca_file)}, {"username": "wow@pve!other"}):
            with pytest.raises((Unreachable, AuthenticationError)) as caught:
                check(lab, **changes)
            said.append(f"{caught.value!r} {caught.value.__cause__!r}")
    assert lab.secret not in " ".join(said) + caplog.text + repr(connection)
