"""The one list of rules, in the order in which they are shown. Adding one = a file in rules/ and a line here."""

from __future__ import annotations

from .rule import Rule
from .rules import (
    address_moved,
    assumed_gateway,
    foreign_range,
    lease_not_map,
    mac_changed,
    mac_on_two_ports,
    misread_record,
    name_mismatch,
    never_seen,
    no_gateway,
    node_is_vip,
    other_interface,
    pool_not_service,
    range_across_prefixes,
    range_disagreement,
    range_overlap,
    restricted_network,
    seen_unknown,
    static_in_dhcp,
    two_interfaces,
    two_macs,
    two_managements,
    two_owners,
    two_versions,
    vlan_misfit,
    wrong_network,
)

RULES: dict[str, Rule] = {
    rule.slug: rule
    for rule in (
        two_owners.RULE,
        two_macs.RULE,
        node_is_vip.RULE,
        static_in_dhcp.RULE,
        pool_not_service.RULE,
        foreign_range.RULE,
        restricted_network.RULE,
        wrong_network.RULE,
        range_overlap.RULE,
        range_disagreement.RULE,
        range_across_prefixes.RULE,
        never_seen.RULE,
        seen_unknown.RULE,
        mac_changed.RULE,
        address_moved.RULE,
        mac_on_two_ports.RULE,
        lease_not_map.RULE,
        no_gateway.RULE,
        assumed_gateway.RULE,
        vlan_misfit.RULE,
        misread_record.RULE,
        name_mismatch.RULE,
        two_managements.RULE,
        two_versions.RULE,
        two_interfaces.RULE,
        other_interface.RULE,
    )
}
