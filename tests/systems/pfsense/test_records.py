"""What becomes of a configuration: ports, VLANs, networks, addresses, pools, sightings, tables."""

from __future__ import annotations

import pytest

from nautobot_wow.records import AddressType, Kind, PortType
from nautobot_wow.systems.pfsense.parse.leases import Lease
from tests.systems.pfsense.boxes import IFCONFIG, LAN, NOW, WAN, by_key, seen_as, snapshot, xml

VLANS = (
    "<vlans><vlan><if>igb1</if><tag>10</tag><descr>Guests</descr><vlanif>igb1.10</vlanif></vlan>"
    "<vlan><if>igb0</if><tag>10</tag><descr></descr><vlanif>igb0.10</vlanif></vlan>"
    "<vlan><if>igb1</if><tag>20</tag><descr></descr><vlanif>igb1.20</vlanif></vlan></vlans>"
)
OPT1 = "<opt1><enable/><if>igb1.20</if><descr>LAB</descr><ipaddr>10.0.20.1</ipaddr><subnet>24</subnet></opt1>"


def dhcpd(inside: str, tag: str = "lan", enable: str = "<enable/>") -> str:
    return f"<dhcpd><{tag}>{enable}{inside}</{tag}></dhcpd>"


def pool(first: str = "10.0.0.100", last: str = "10.0.0.199", more: str = "") -> str:
    return f"<range><from>{first}</from><to>{last}</to></range>{more}"


def static(host: str = "10.0.0.20", mac: str = "02:00:00:00:00:20", more: str = "<hostname>printer</hostname>") -> str:
    return f"<staticmap><mac>{mac}</mac><cid></cid><ipaddr>{host}</ipaddr>{more}</staticmap>"


# --------------------------------------------------------------------------------------------------- device and ports


def test_the_box_is_a_device_with_its_name_serial_and_version() -> None:
    (device,) = by_key(snapshot(xml()), Kind.DEVICE).values()
    assert (device.key, device.name, device.serial) == ("device", "fw", "1822210042")
    assert (device.platform, device.version, device.role, device.power) == ("pfSense", "2.7.2-RELEASE", None, None)


def test_it_is_managed_where_it_was_reached_else_on_its_lan() -> None:
    assert by_key(snapshot(xml()), Kind.DEVICE)["device"].primary_ip4 == "10.0.0.1"
    assert by_key(snapshot(xml(), host="203.0.113.20"), Kind.DEVICE)["device"].primary_ip4 == "203.0.113.20"


def test_a_name_that_was_chosen_wins() -> None:
    assert by_key(snapshot(xml(), name="edge"), Kind.DEVICE)["device"].name == "edge"


def test_cards_say_what_they_are_doing_and_not_what_plug_they_have() -> None:
    ports = by_key(snapshot(xml()), Kind.INTERFACE)
    assert set(ports) == {"device/igb0", "device/igb1"}
    wan = ports["device/igb0"]
    assert (wan.type, wan.enabled, wan.mtu, wan.mac) == (PortType.OTHER, True, 1500, "00:0D:B9:00:00:00")
    assert (wan.speed_kbps, wan.description) == (10**6, "WAN")
    assert ports["device/igb1"].speed_kbps is None, "no carrier"


def test_vlan_interfaces_stand_on_their_parent_which_carries_their_tags() -> None:
    found = snapshot(xml(VLANS, interfaces=WAN + LAN + OPT1))
    ports = by_key(found, Kind.INTERFACE)
    lab = ports["device/igb1.20"]
    assert (lab.type, lab.parent, lab.vid, lab.description) == (PortType.VIRTUAL, "igb1", 20, "LAB")
    assert ports["device/igb1"].tagged == {10, 20}
    assert "device/igb1.10" in ports, "a VLAN need not be assigned"


def test_the_same_tag_on_several_ports_is_one_vlan() -> None:
    vlans = by_key(snapshot(xml(VLANS, interfaces=WAN + LAN + OPT1)), Kind.VLAN)
    assert {(one.vid, one.title, one.name) for one in vlans.values()} == {(10, "Guests", None), (20, "LAB", None)}


def test_members_of_laggs_and_bridges_name_their_owner_and_bridges_name_interfaces() -> None:
    more = (
        "<laggs><lagg><members>igb2,igb3</members><laggif>lagg0</laggif><proto>lacp</proto><descr>Core</descr></lagg></laggs>"
        "<bridges><bridged><members>lan,opt1</members><bridgeif>bridge0</bridgeif><descr></descr></bridged></bridges>"
    )
    opt1 = "<opt1><enable/><if>lagg0</if></opt1>"
    ports = by_key(snapshot(xml(more, interfaces=WAN + LAN + opt1)), Kind.INTERFACE)
    assert (ports["device/lagg0"].type, ports["device/bridge0"].type) == (PortType.LAG, PortType.BRIDGE)
    assert ports["device/igb2"].lag == ports["device/igb3"].lag == "lagg0"
    assert ports["device/igb1"].bridge == ports["device/lagg0"].bridge == "bridge0"
    assert (ports["device/lagg0"].description, ports["device/igb1"].lag) == ("OPT1", "")


def test_an_inner_vlan_stands_on_its_outer_one_and_is_no_vlan_of_the_site() -> None:
    entry = "<if>igb1</if><tag>100</tag><members>20 21</members><vlanif>igb1.100</vlanif>"
    more = f"<qinqs><qinqentry>{entry}</qinqentry></qinqs>"
    opt1 = "<opt1><enable/><if>igb1.100.20</if></opt1>"
    found = snapshot(xml(more, interfaces=WAN + LAN + opt1))
    inner = by_key(found, Kind.INTERFACE)["device/igb1.100.20"]
    assert (inner.type, inner.parent, inner.vid) == (PortType.VIRTUAL, "igb1.100", None)
    assert [one.vid for one in by_key(found, Kind.VLAN).values()] == [100]


def test_without_the_live_state_ports_say_less_and_none_of_them_is_missing() -> None:
    found = snapshot(xml(VLANS), ifconfig=None, silences={"live": "ifconfig: not found"})
    port = by_key(found, Kind.INTERFACE)["device/igb1"]
    assert (port.enabled, port.mac, port.mtu) == (None, None, None)
    assert not found.covers(port.scopes)
    assert found.covers(("config/vlans",))


# -------------------------------------------------------------------------------------------------------- networks


def test_an_interface_has_its_network_its_address_and_is_its_gateway() -> None:
    found = snapshot(xml(VLANS, interfaces=WAN + LAN + OPT1))
    prefixes = by_key(found, Kind.PREFIX)
    assert (prefixes["prefix/10.0.0.0/24"].vid, prefixes["prefix/10.0.20.0/24"].vid) == (None, 20)
    own = by_key(found, Kind.ADDRESS)["10.0.20.1"]
    assert (own.role, own.type, own.interfaces, own.mask_length) == (
        "Gateway",
        AddressType.HOST,
        {"device/igb1.20"},
        24,
    )


@pytest.mark.parametrize("more", ["", "<descr>OFF</descr>"])
def test_absent_enable_means_off_and_an_empty_one_on(more: str) -> None:
    off = f"<opt2><if>igb3</if>{more}<ipaddr>10.0.30.1</ipaddr><subnet>24</subnet></opt2>"
    found = snapshot(xml(interfaces=WAN + LAN + off))
    assert "10.0.30.1" not in by_key(found, Kind.ADDRESS)
    assert "prefix/10.0.30.0/24" not in by_key(found, Kind.PREFIX)
    assert "device/igb3" in by_key(found, Kind.INTERFACE)
    on = off.replace("<if>", "<enable></enable><if>")
    assert "10.0.30.1" in by_key(snapshot(xml(interfaces=WAN + LAN + on)), Kind.ADDRESS)


def test_an_interface_without_an_address_is_layer_2_only() -> None:
    found = snapshot(xml(interfaces=WAN + LAN + "<opt1><enable/><if>igb2</if><ipaddr></ipaddr></opt1>"))
    assert found.refused == ()
    assert by_key(found, Kind.INTERFACE)["device/igb2"].description == "OPT1", "without a description it is its tag"


def test_an_address_from_outside_is_as_it_is_now() -> None:
    found = snapshot(xml())
    address = by_key(found, Kind.ADDRESS)["203.0.113.20"]
    assert (address.type, address.interfaces, address.role) == (AddressType.DHCP, {"device/igb0"}, None)
    assert "prefix/203.0.113.0/24" in by_key(found, Kind.PREFIX)
    blind = snapshot(xml(), ifconfig=None, silences={"live": "no right"})
    assert "203.0.113.20" not in by_key(blind, Kind.ADDRESS)
    assert not blind.covers(address.scopes), "not seen is not gone"


def test_a_gateway_that_was_entered_is_an_address_in_its_network_and_not_one_elsewhere() -> None:
    wan = "<wan><enable/><if>igb0</if><ipaddr>198.51.100.2</ipaddr><subnet>29</subnet><gateway>ISP</gateway></wan>"
    items = "".join(
        f"<gateway_item><interface>wan</interface><gateway>{address}</gateway><name>{name}</name></gateway_item>"
        for address, name in (("198.51.100.1", "ISP"), ("dynamic", "DYN"), ("192.0.2.1", "FAR"))
    )
    more = f"<gateways><defaultgw4>ISP</defaultgw4><defaultgw6/>{items}</gateways>"
    found = snapshot(xml(more, interfaces=wan + LAN))
    addresses = by_key(found, Kind.ADDRESS)
    assert (addresses["198.51.100.1"].role, addresses["198.51.100.1"].interfaces) == ("Gateway", None)
    assert addresses["198.51.100.2"].role == "", "it has a way upstream: it is no gateway of that network"
    assert "192.0.2.1" not in addresses
    assert [(row["name"], row["default"]) for row in found.context["Gateways"]] == [
        ("ISP", "yes"),
        ("DYN", "no"),
        ("FAR", "no"),
    ]


def vip(mode: str, address: str, bits: int = 32, more: str = "") -> str:
    return (
        f"<virtualip><vip><mode>{mode}</mode><interface>lan</interface><subnet>{address}</subnet>"
        f"<subnet_bits>{bits}</subnet_bits>{more}</vip></virtualip>"
    )


def test_virtual_ips_have_that_role_and_a_carp_one_belongs_to_no_box() -> None:
    alias = by_key(snapshot(xml(vip("ipalias", "10.0.0.9"))), Kind.ADDRESS)["10.0.0.9"]
    assert (alias.role, alias.interfaces, alias.mask_length) == ("VIP", {"device/igb1"}, 24)
    found = by_key(snapshot(xml(vip("carp", "10.0.0.254", 24, "<vhid>5</vhid>"))), Kind.ADDRESS)
    assert (found["10.0.0.254"].role, found["10.0.0.254"].interfaces) == ("VIP", None)
    assert found["10.0.0.254"].description == "CARP 5"
    assert found["10.0.0.1"].role == "", "the CARP address stands in for it"


def test_a_network_that_the_box_answers_for_is_kept_free_of_others() -> None:
    found = snapshot(xml(vip("proxyarp", "10.0.0.32", 29)))
    (one,) = by_key(found, Kind.RANGE).values()
    assert (one.first, one.last, one.role) == ("10.0.0.32", "10.0.0.39", "NAT")
    assert "10.0.0.32" not in by_key(found, Kind.ADDRESS)


def test_ipv6_addresses_and_pools_are_read_and_those_of_a_tracked_prefix_are_not_made_up() -> None:
    lan = LAN.replace("</lan>", "<ipaddrv6>2001:db8::1</ipaddrv6><subnetv6>64</subnetv6></lan>")
    serves = f"<dhcpdv6><lan><enable/>{pool('2001:db8::100', '2001:db8::1ff')}</lan></dhcpdv6>"
    found = snapshot(xml(serves, interfaces=WAN + lan))
    assert "prefix/2001:db8::/64" in by_key(found, Kind.PREFIX)
    assert by_key(found, Kind.RANGE)["range6/lan"].first == "2001:db8::100"
    tracked = f"<dhcpdv6><lan><enable/>{pool('::1000', '::2000')}</lan></dhcpdv6>"
    assert by_key(snapshot(xml(tracked)), Kind.RANGE) == {}


# ------------------------------------------------------------------------------------------------------------- DHCP


def test_a_scope_has_all_of_its_pools() -> None:
    more = f"<pool>{pool('10.0.0.210', '10.0.0.219')}<descr>Phones</descr></pool>"
    more += f"<pool>{pool('10.0.0.230', '10.0.0.239')}</pool>"
    ranges = by_key(snapshot(xml(dhcpd(pool() + more))), Kind.RANGE)
    assert {(key, one.first, one.last, one.role) for key, one in ranges.items()} == {
        ("range/lan", "10.0.0.100", "10.0.0.199", "DHCP"),
        ("range/lan/10.0.0.210", "10.0.0.210", "10.0.0.219", "DHCP"),
        ("range/lan/10.0.0.230", "10.0.0.230", "10.0.0.239", "DHCP"),
    }
    assert ranges["range/lan/10.0.0.210"].description == "Phones"


def test_a_second_range_of_an_old_file_is_one_as_well() -> None:
    assert len(by_key(snapshot(xml(dhcpd(pool() + pool("10.0.0.210", "10.0.0.219")))), Kind.RANGE)) == 2


def test_a_scope_that_is_off_serves_nothing() -> None:
    found = snapshot(xml(dhcpd(pool() + static(), enable="")))
    assert by_key(found, Kind.RANGE) == {}
    assert "10.0.0.20" not in by_key(found, Kind.ADDRESS)
    assert found.context["DHCP static mappings"][0]["served"] == "no"


def test_a_scope_of_a_deleted_interface_serves_nothing_and_is_shown() -> None:
    found = snapshot(xml(dhcpd(pool(), tag="opt9")))
    assert by_key(found, Kind.RANGE) == {}
    assert found.refused == ()
    assert found.context["DHCP scopes"][0]["interface"] == "opt9 (deleted)"


def test_a_range_outside_of_its_network_is_refused_by_name_and_the_rest_is_read() -> None:
    found = snapshot(xml(dhcpd(pool("192.168.1.100", "192.168.1.199") + static())))
    (refusal,) = found.refused
    assert (refusal.kind, refusal.key) == (Kind.RANGE, "range/lan")
    assert "192.168.1.100 to 192.168.1.199: it is outside of the networks of LAN (igb1)" in refusal.reason
    assert "10.0.0.20" in by_key(found, Kind.ADDRESS)


def test_a_static_mapping_is_an_address_of_type_dhcp_with_its_name() -> None:
    found = snapshot(xml(dhcpd(pool() + static(more="<hostname>printer</hostname><descr>Hall</descr>"))))
    one = by_key(found, Kind.ADDRESS)["10.0.0.20"]
    assert (one.type, one.dns_name, one.description) == (AddressType.DHCP, "printer", "Hall")
    assert (one.interfaces, one.role, one.mask_length) == (None, None, 24)
    (seen,) = seen_as(found, "static-map")
    assert (seen.host, seen.mac, seen.name, seen.port) == (
        "10.0.0.20",
        "02:00:00:00:00:20",
        "printer",
        "device/igb1",
    )


def test_a_domain_of_its_own_belongs_to_the_name_of_a_mapping() -> None:
    more = "<hostname>printer</hostname><domain>print.example.org</domain>"
    found = snapshot(xml(dhcpd(static(more=more) + "<domain>scope.example.org</domain>")))
    assert by_key(found, Kind.ADDRESS)["10.0.0.20"].dns_name == "printer.print.example.org"


@pytest.mark.parametrize(
    ("mapping", "addresses"),
    [
        ("<staticmap><cid>01:02</cid><ipaddr>10.0.0.21</ipaddr></staticmap>", {"10.0.0.21"}),
        ("<staticmap><mac>02:00:00:00:00:21</mac><ipaddr></ipaddr><hostname>tv</hostname></staticmap>", set()),
        (static(more="<hostname>no name!</hostname>"), {"10.0.0.20"}),
    ],
)
def test_a_static_mapping_may_lack_its_card_its_address_or_a_name_that_dns_could_hold(
    mapping: str, addresses: set[str]
) -> None:
    found = snapshot(xml(dhcpd(pool() + mapping)))
    mapped = {key: one for key, one in by_key(found, Kind.ADDRESS).items() if key.startswith("10.0.0.2")}
    assert set(mapped) == addresses
    assert {one.dns_name for one in mapped.values()} <= {None}
    assert found.refused == ()
    assert len(found.context["DHCP static mappings"]) == 1


def test_one_mapping_that_cannot_be_read_stops_itself_and_nothing_of_its_listing_is_missing() -> None:
    found = snapshot(xml(dhcpd(pool() + static(mac="zz") + static(host="10.0.0.22"))))
    assert [(one.kind, one.key) for one in found.refused] == [(Kind.RANGE, "dhcpd/lan static mapping 1")]
    assert "10.0.0.22" in by_key(found, Kind.ADDRESS)
    assert "'zz' is no MAC address" in found.unseen["config/dhcp"]
    assert not found.covers(("config/dhcp",))
    assert found.covers(("config/interfaces",))


def test_a_gateway_that_dhcp_tells_is_the_gateway_of_the_network() -> None:
    addresses = by_key(snapshot(xml(dhcpd(pool() + "<gateway>10.0.0.254</gateway>"))), Kind.ADDRESS)
    assert (addresses["10.0.0.254"].role, addresses["10.0.0.1"].role) == ("Gateway", "")
    addresses = by_key(snapshot(xml(dhcpd(pool() + "<gateway>none</gateway>"))), Kind.ADDRESS)
    assert "none" not in addresses


def test_its_own_address_is_not_a_static_mapping_as_well() -> None:
    one = by_key(snapshot(xml(dhcpd(static(host="10.0.0.1")))), Kind.ADDRESS)["10.0.0.1"]
    assert (one.role, one.type) == ("Gateway", AddressType.HOST)


# --------------------------------------------------------------------------------------------------------- sightings


def arp(host: str, mac: str, state: str = "expires in 900 seconds", port: str = "igb1") -> str:
    return f"? ({host}) at {mac} on {port} {state} [ethernet]\n"


def test_who_was_talked_to_is_seen_on_its_port() -> None:
    found = snapshot(xml(VLANS, interfaces=WAN + LAN + OPT1), arp=arp("10.0.20.7", "02:00:00:00:00:07", port="igb1.20"))
    (seen,) = seen_as(found, "arp")
    assert (seen.host, seen.mac, seen.where, seen.port, seen.vid) == (
        "10.0.20.7",
        "02:00:00:00:00:07",
        "igb1.20",
        "device/igb1.20",
        20,
    )


@pytest.mark.parametrize(
    "row",
    [
        arp("10.0.0.7", "(incomplete)", "expired"),
        arp("10.0.0.1", "00:0d:b9:00:00:01", "permanent"),
        arp("10.0.0.8", "02:00:00:00:00:08", "permanent"),
        arp("10.0.0.9", "00:0d:b9:00:00:01"),
    ],
    ids=["incomplete", "own", "entered by hand", "proxy ARP with its own card"],
)
def test_junk_in_the_arp_table_is_no_evidence(row: str) -> None:
    assert seen_as(snapshot(xml(), arp=row), "arp") == []


@pytest.mark.parametrize("mac", ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"])
def test_a_card_that_nobody_has_is_no_evidence(mac: str) -> None:
    assert not any(one.is_evidence for one in seen_as(snapshot(xml(), arp=arp("10.0.0.9", mac)), "arp"))


def test_the_card_of_a_carp_address_is_known_as_such() -> None:
    (seen,) = seen_as(snapshot(xml(), arp=arp("10.0.0.254", "00:00:5e:00:01:05")), "arp")
    assert seen.name == "VRRP or CARP 5"


def test_a_lease_that_holds_is_seen_and_makes_no_record() -> None:
    leases = (
        Lease(host="10.0.0.100", mac="02:00:00:00:01:00", name="laptop", ends=NOW + 1),
        Lease(host="10.0.0.101", mac="02:00:00:00:01:01", ends=NOW),
        Lease(host="10.0.0.102", shunned=True, held=False),
    )
    found = snapshot(xml(dhcpd(pool())), leases=leases)
    (seen,) = seen_as(found, "lease")
    assert (seen.host, seen.mac, seen.name, seen.where) == ("10.0.0.100", "02:00:00:00:01:00", "laptop", "igb1")
    assert [one.host for one in seen_as(found, "probe")] == ["10.0.0.102"], "somebody else answered there"
    assert "10.0.0.100" not in by_key(found, Kind.ADDRESS)


def test_leases_become_addresses_where_that_is_asked_for_and_reservations_win() -> None:
    leases = (
        Lease(host="10.0.0.100", mac="02:00:00:00:01:00", ends=NOW + 1),
        Lease(host="10.0.0.20", mac="02:00:00:00:99:99", ends=NOW + 1),
        Lease(host="192.168.7.7", mac="02:00:00:00:77:77", ends=NOW + 1),
    )
    found = snapshot(xml(dhcpd(pool() + static())), leases=leases, lease_records=True)
    addresses = by_key(found, Kind.ADDRESS)
    assert (addresses["10.0.0.100"].type, addresses["10.0.0.100"].scopes[-1]) == (AddressType.DHCP, "leases")
    assert addresses["10.0.0.20"].dns_name == "printer"
    assert "192.168.7.7" not in addresses, "no network of the box holds it"


def test_leases_that_were_not_read_are_outside_of_what_was_seen() -> None:
    found = snapshot(xml(), leases=None, silences={"leases": "Permission denied"}, lease_records=True)
    assert found.unseen["leases"] == "Permission denied"
    assert "leases" not in found.observed
    assert found.facts["leases"] == "not read"


# ------------------------------------------------------------------------------------------------------------ tables


def test_routes_and_host_overrides_are_tables_for_people() -> None:
    more = (
        "<staticroutes><route><network>10.9.0.0/16</network><gateway>CORE</gateway><descr>Lab</descr></route></staticroutes>"
        "<unbound><enable/><hosts><host>nas</host><domain>example.org</domain><ip>10.0.0.30,10.0.0.31</ip>"
        "<aliases><item><host>files</host><domain>example.org</domain></item></aliases></hosts></unbound>"
        "<dnsmasq><hosts><host>off</host><domain>example.org</domain><ip>10.0.0.99</ip></hosts></dnsmasq>"
    )
    routes = "Routing tables\n\nInternet:\nDestination Gateway Flags Netif Expire\ndefault 203.0.113.1 UGS igb0\n"
    found = snapshot(xml(more), routes=routes + "10.0.0.0/24 link#2 U igb1\n")
    assert [row["destination"] for row in found.context["Static routes"]] == ["10.9.0.0/16"]
    assert [(row["name"], row["addresses"]) for row in found.context["Host overrides"]] == [
        ("nas.example.org", "10.0.0.30,10.0.0.31"),
        ("files.example.org", "10.0.0.30,10.0.0.31"),
    ]
    assert [row["gateway"] for row in found.context["Routes in force"]] == ["203.0.113.1"]


def test_two_readings_of_the_same_box_are_the_same() -> None:
    text = xml(VLANS, dhcpd(pool() + static()), interfaces=WAN + LAN + OPT1)
    assert snapshot(text, ifconfig=IFCONFIG) == snapshot(text, ifconfig=IFCONFIG)
