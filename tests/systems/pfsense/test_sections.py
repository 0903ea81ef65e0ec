"""config.xml: only what is needed is kept, secrets never are, and half a file is none."""

from __future__ import annotations

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.pfsense.parse.config import parse_config
from nautobot_wow.systems.pfsense.parse.sections import parse_sections
from tests.systems.pfsense.boxes import xml

SECRETS = (
    "<system><user><bcrypt-hash>S3CRET</bcrypt-hash><authorizedkeys>S3CRET</authorizedkeys></user></system>"
    "<cert><prv>S3CRET</prv></cert><ca><prv>S3CRET</prv></ca>"
    "<ipsec><phase1><pre-shared-key>S3CRET</pre-shared-key></phase1></ipsec>"
    "<openvpn><openvpn-server><shared_key>S3CRET</shared_key></openvpn-server></openvpn>"
    "<snmpd><rocommunity>S3CRET</rocommunity></snmpd>"
    "<virtualip><vip><mode>carp</mode><password>S3CRET</password><subnet>10.0.0.9</subnet></vip></virtualip>"
    "<dhcpd><lan><omapi_key>S3CRET</omapi_key><ddnsdomainkey>S3CRET</ddnsdomainkey></lan></dhcpd>"
    "<ppps><ppp><password>S3CRET</password></ppp></ppps>"
    "<wireless><interfaces><wpa><passphrase>S3CRET</passphrase></wpa></interfaces></wireless>"
)
INTERFACE = "<lan><if>igb1</if><wireless><wpa><passphrase>S3CRET</passphrase></wpa></wireless></lan>"


def test_secrets_are_dropped_wherever_they_stand() -> None:
    text = xml(SECRETS, interfaces=INTERFACE)
    assert text.count("S3CRET") == 13
    root = parse_sections([text.encode()])
    assert "S3CRET" not in repr(root)
    assert "S3CRET" not in repr(parse_config(root))


def test_the_file_may_arrive_in_any_pieces() -> None:
    raw = xml("<vlans><vlan><if>igb1</if><tag>7</tag><descr>Büro</descr></vlan></vlans>").encode()
    whole = parse_sections([raw])
    assert parse_sections(raw[at : at + 1] for at in range(len(raw))) == whole
    assert [one.words("descr") for one in whole.under("vlans", "vlan")] == ["Büro"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_half_a_file_is_refused(share: float) -> None:
    raw = xml(SECRETS).encode()
    with pytest.raises(ParseError, match="it is not whole, or no XML") as caught:
        parse_sections([raw[: int(len(raw) * share)]])
    assert "S3CRET" not in str(caught.value)


def test_a_broken_file_is_refused_with_its_line_and_without_its_text() -> None:
    with pytest.raises(ParseError, match=r"mismatched tag: line 3") as caught:
        parse_sections([b"<pfsense>\n<system><hostname>fw</hostname>\n<password>S3CRET</wrong></system></pfsense>"])
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE pfsense [<!ENTITY x "y">]><pfsense>&x;</pfsense>',
        '<!DOCTYPE pfsense SYSTEM "http://attacker.example/x.dtd"><pfsense/>',
        '<!DOCTYPE pfsense [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><pfsense>&b;</pfsense>',
    ],
)
def test_a_document_type_and_entities_are_refused(text: str) -> None:
    with pytest.raises(ParseError, match="document type or entities"):
        parse_sections([text.encode()])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not whole"),
        ("<opnsense></opnsense>", "begins with <opnsense>"),
        ("not xml at all", "not whole"),
        ("<pfsense>" + "<a>" * 100 + "</a>" * 100 + "</pfsense>", "nested"),
        ("<pfsense>&undefined;</pfsense>", "undefined entity"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse_sections([text.encode()])


def test_a_file_without_a_name_or_interfaces_is_none_of_a_running_box() -> None:
    for text in ("<pfsense/>", "<pfsense><system><hostname>fw</hostname></system></pfsense>"):
        with pytest.raises(ParseError, match="no configuration of a running box"):
            parse_config(parse_sections([text.encode()]))


def test_one_element_is_a_list_of_one() -> None:
    root = parse_sections([xml("<vlans><vlan><if>igb1</if><tag>7</tag></vlan></vlans>").encode()])
    assert [vlan.vid for vlan in parse_config(root).vlans] == [7]


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("", "isc"),
        ("<dhcpbackend></dhcpbackend>", "isc"),
        ("<dhcpbackend>isc</dhcpbackend>", "isc"),
        ("<dhcpbackend>other</dhcpbackend>", "isc"),
        ("<dhcpbackend>kea</dhcpbackend>", "kea"),
    ],
)
def test_a_missing_or_strange_backend_is_isc(backend: str, expected: str) -> None:
    assert parse_config(parse_sections([xml(backend=backend).encode()])).backend == expected
