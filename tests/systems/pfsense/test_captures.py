"""Real outputs: each is read completely, or refused with the line that was not understood."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.pfsense.parse.arp import parse_arp
from nautobot_wow.systems.pfsense.parse.box import parse_routes, parse_version
from nautobot_wow.systems.pfsense.parse.config import parse_config
from nautobot_wow.systems.pfsense.parse.dhcp import Pool
from nautobot_wow.systems.pfsense.parse.ifconfig import LivePort, parse_ifconfig
from nautobot_wow.systems.pfsense.parse.isc import parse_isc_leases
from nautobot_wow.systems.pfsense.parse.kea import parse_kea_leases
from nautobot_wow.systems.pfsense.parse.leases import Lease
from nautobot_wow.systems.pfsense.parse.sections import parse_sections

TESTED = {
    "freebsd_cli/arp-a.out",
    "freebsd_cli/ifconfig-extra-fields.out",
    "freebsd_cli/ifconfig-extra-fields2.out",
    "freebsd_cli/netstat-r.out",
    "freebsd_cli/uname-a.out",
    "leases_isc/backup.leases",
    "leases_isc/options.leases",
    "leases_isc/pfsense.leases",
    "leases_isc/static.leases",
    "leases_kea/lease4-get-all.json",
    "leases_kea/small-leases4.csv",
    "leases_kea/small2-leases4.csv",
    "oxidized/pfsense_CE_2.7.2_output.txt",
    "oxidized/pfsense_CE_2.7.2_simulation.yaml",
}


def test_every_capture_is_in_a_test(captures: Path) -> None:
    found = {path.relative_to(captures).as_posix() for path in captures.rglob("*") if path.is_file()}
    assert found == TESTED


def test_the_arp_table_is_read_line_by_line(captures: Path) -> None:
    text = (captures / "freebsd_cli/arp-a.out").read_text()
    found = parse_arp(text)
    assert len(found) == len(text.splitlines()) == 3
    assert [(row.host, row.mac, row.permanent) for row in found] == [
        ("192.168.71.163", "00:0C:29:1A:4E:3B", True),
        ("192.168.71.2", "00:50:56:F7:4A:FC", False),
        ("192.168.71.1", "00:50:56:C0:00:08", False),
    ]


def test_an_interface_whose_driver_says_more_is_read_and_what_was_not_used_is_kept(captures: Path) -> None:
    found = only_port((captures / "freebsd_cli/ifconfig-extra-fields.out").read_text())
    assert (found.name, found.mac, found.status, found.speed_kbps) == ("cxl3", "00:07:43:3D:B7:70", "active", 10**7)
    assert found.media == "Ethernet 10Gbase-LR <full-duplex,rxpause,txpause>", "it stands behind hwaddr in one line"
    assert any(line.startswith("plugged:") for line in found.unread)


def test_an_address_with_its_length_in_place_of_a_netmask_is_read(captures: Path) -> None:
    found = only_port((captures / "freebsd_cli/ifconfig-extra-fields2.out").read_text())
    assert (found.name, list(map(str, found.addresses)), found.mtu) == ("ix0", ["10.10.2.101/24"], 9000)


def test_every_line_of_an_interface_is_used_or_kept(captures: Path) -> None:
    for name in ("ifconfig-extra-fields.out", "ifconfig-extra-fields2.out"):
        text = (captures / "freebsd_cli" / name).read_text()
        found = only_port(text)
        used = ("ether", "hwaddr", "inet", "media:", "status:")
        rest = [line.strip() for line in text.splitlines()[1:] if not line.strip().startswith(used)]
        assert found.unread == rest


def only_port(text: str) -> LivePort:
    (found,) = parse_ifconfig(text).values()
    return found


def test_the_routing_table_is_read_line_by_line(captures: Path) -> None:
    found = parse_routes((captures / "freebsd_cli/netstat-r.out").read_text())
    assert len(found) == 13
    assert (found[0].destination, found[0].gateway, found[0].flags, found[0].port) == (
        "default",
        "192.168.71.2",
        "UGS",
        "em0",
    )


def test_what_answers_another_question_is_refused_with_its_line(captures: Path) -> None:
    with pytest.raises(ParseError, match="'FreeBSD freebsd 12.1-RELEASE"):
        parse_version((captures / "freebsd_cli/uname-a.out").read_text())
    with pytest.raises(ParseError, match="line 1 is no header"):
        parse_kea_leases((captures / "leases_kea/lease4-get-all.json").read_text())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "backup",
            [
                Lease(host="10.0.0.1", mac="2A:B2:2A:B2:2A:B2", ends=1508141363, held=False),
                Lease(host="10.0.0.2", held=False),
            ],
        ),
        ("options", [Lease(host="10.10.10.10", mac="24:65:11:D9:A6:B3", name="KRONOS", ends=1456564301)]),
        (
            "pfsense",
            [
                Lease(host="10.0.10.72", mac="64:5A:04:6A:07:A2", name="Satellite-C700", ends=1436170842),
                Lease(host="10.0.0.36", mac="14:DA:E9:04:C8:A3", name="Gebruiker-PC", ends=1436171926),
            ],
        ),
        ("static", [Lease(host="10.0.0.15", mac="2A:B2:2A:B2:2A:B2", held=False)]),
    ],
)
def test_a_lease_file_of_isc_is_read_block_by_block(captures: Path, name: str, expected: list[Lease]) -> None:
    assert list(parse_isc_leases((captures / f"leases_isc/{name}.leases").read_text())) == expected


@pytest.mark.parametrize(("name", "first", "ends"), [("small", 2, (49, 51, 52)), ("small2", 5, (53, 54, 55))])
def test_a_lease_file_of_kea_is_read_row_by_row(captures: Path, name: str, first: int, ends: tuple[int, ...]) -> None:
    found = parse_kea_leases((captures / f"leases_kea/{name}-leases4.csv").read_text())
    assert [lease.host for lease in found] == [f"192.110.111.{first + at}" for at in range(3)]
    assert [(lease.held, lease.ends) for lease in found] == [(True, 1761257800 + end) for end in ends]


def test_a_configuration_is_read_and_keeps_nothing_that_was_redacted(captures: Path) -> None:
    root = parse_sections([(captures / "oxidized/pfsense_CE_2.7.2_output.txt").read_bytes()])
    assert "REDACTED" not in repr(root)
    check(root)


def test_the_same_configuration_as_a_shell_printed_it_is_the_same(captures: Path) -> None:
    recorded = yaml.safe_load((captures / "oxidized/pfsense_CE_2.7.2_simulation.yaml").read_text())
    text = recorded["commands"]["cat /cf/conf/config.xml\n"]
    plain = text.encode().decode("unicode_escape")
    check(parse_sections([plain[: plain.index("</pfsense>") + len("</pfsense>")].encode()]))


def check(root: object) -> None:
    config = parse_config(root)  # type: ignore[arg-type]
    assert (config.schema, config.hostname, config.domain, config.backend) == ("23.3", "pfSense", "home.arpa", "isc")
    lan = config.interfaces["lan"]
    assert (lan.port, lan.title, list(map(str, lan.static)), lan.enabled) == (
        "em1",
        "LAN",
        ["192.168.248.254/24"],
        True,
    )
    assert config.interfaces["wan"].dynamic == ("dhcp", "dhcp6")
    assert config.troubles == []
    scope = next(scope for scope in config.scopes if scope.version == 4)
    assert not scope.enabled, "there is a range, and no <enable>"
    assert [type(pool) for pool in scope.pools] == [Pool]
