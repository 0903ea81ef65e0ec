"""One reading of a switch: every question once, on one session, and what each table is worth if another is unreadable.

Who it is must be readable, or nothing is read. A table with a line that is not understood is unseen, with the line in
the reason: nothing in it can be missing, and the others count. A session that breaks off ends the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ...errors import ConfigurationError, ParseError, RemoteError
from ...snapshot import Snapshot
from ..connection import Connection
from ..extras import needed
from .answers import Answers, Ports, PortVlans, snapshot_of
from .options import Sg300Options
from .parse.addresses import parse_addresses
from .parse.answer import NotACommand
from .parse.config import RunningConfig, parse_config
from .parse.device import SystemFacts, parse_inventory, parse_system, parse_system_id, parse_version
from .parse.interfaces import (
    PortStatus,
    is_used,
    parse_channels,
    parse_configuration,
    parse_descriptions,
    parse_status,
    same_ports,
)
from .parse.lldp import parse_neighbours
from .parse.mac_table import MacRow, parse_mac_table
from .parse.vlans import Switchport, VlanRow, parse_switchport, parse_vlans

if TYPE_CHECKING:
    from .client import Sg300Client

Value = TypeVar("Value")
PRIVILEGED = 15
CHANNELS = "interfaces/channels"


def read(connection: Connection, options: Sg300Options, only: frozenset[str] = frozenset(), /) -> Snapshot:
    """Return what the switch says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    if only:
        raise ConfigurationError(
            f"{connection.system}: a switch is read as a whole; leave out what to limit the run to"
        )
    with client_of(connection, options) as client:
        return snapshot_of(ask(client, options), client.login.host)


def client_of(connection: Connection, options: Sg300Options) -> Sg300Client:
    """Return a client, or say how to install what it needs."""
    with needed(connection, "Cisco SG300", "sg300"):
        from .client import Sg300Client
    return Sg300Client(connection, options)


@dataclass
class _Tables:
    """Reads tables that may be unreadable, and remembers which and why."""

    unseen: dict[str, str] = field(default_factory=dict)

    def read(self, scope: str, question: Callable[[], Value]) -> Value | None:
        """Return the table, None where it cannot be read."""
        try:
            return question()
        except (ParseError, RemoteError) as error:
            self.unseen[scope] = str(error)
            return None


def ask(client: Sg300Client, options: Sg300Options) -> Answers:
    """Return the answers to every question."""
    version, system = _identity(client)
    tables = _Tables()
    items = tuple(tables.read("parts", lambda: parse_inventory(client.inventory())) or ())
    serials = tables.read("device/serial", lambda: parse_system_id(client.system_id())) or {}
    serial = serials.get("1") or next((item.serial for item in items if item.is_unit), None)
    if serial:
        tables.unseen.pop("device/serial", None)
    config = _config(client, options, tables)
    ports = tables.read("interfaces", lambda: _ports(client, tables, config))
    vlans = tables.read("vlans", lambda: _vlans(client, config))
    port_vlans = _port_vlans(client, tables, ports, vlans)
    addresses = tables.read("addresses", lambda: parse_addresses(client.addresses()))
    return Answers(
        hostname=client.hostname,
        privilege=client.privilege,
        version=version,
        system=system,
        serial=serial,
        items=items,
        ports=ports,
        vlans=vlans,
        port_vlans=port_vlans,
        addresses=addresses,
        heard=tuple(tables.read("mac-table", lambda: _heard(client)) or ()),
        neighbours=tuple(tables.read("neighbours", lambda: parse_neighbours(client.neighbours())) or ()),
        config=config,
        learned=client.learned,
        unseen=tables.unseen,
    )


def _identity(client: Sg300Client) -> tuple[str, SystemFacts]:
    """Return the firmware, and name and MAC address. Whoever does not say so is not read."""
    try:
        return parse_version(client.version()), parse_system(client.system_facts())
    except (ParseError, RemoteError) as error:
        raise type(error)(
            f"{client.system}: {error}. Is it a switch of the SG300 family? Nothing was changed"
        ) from None


def _config(client: Sg300Client, options: Sg300Options, tables: _Tables) -> RunningConfig | None:
    """Return the configuration where it is wanted and the user may read it."""
    if not options.read_running_config or client.privilege < PRIVILEGED:
        return None
    return tables.read("configuration", lambda: parse_config(client.running_config()))


def _ports(client: Sg300Client, tables: _Tables, config: RunningConfig | None) -> Ports:
    """Return what the tables of interfaces say; they must name the same ports, or one of them is not whole."""
    status, enabled = parse_status(client.status()), parse_configuration(client.configuration())
    same_ports(status=status, configuration=enabled)
    lag_of = tables.read(CHANNELS, lambda: _lag_of(client, config, status))
    descriptions = tables.read("interfaces/descriptions", lambda: parse_descriptions(client.descriptions()))
    if descriptions is not None:
        same_ports(status=status, description=descriptions)
    else:  # a port channel that is only known by its description would seem to be gone
        tables.unseen[CHANNELS] = tables.unseen["interfaces/descriptions"]
    return Ports(status=status, enabled=enabled, descriptions=descriptions, lag_of=lag_of)


def _lag_of(client: Sg300Client, config: RunningConfig | None, status: Mapping[str, PortStatus]) -> Mapping[str, str]:
    """Return the port channel of every port that is in one. The table and the configuration must not contradict."""
    told = config.channel_of if config else None
    try:
        listed = {port: channel for channel, ports in parse_channels(client.channels()).items() for port in ports}
    except (ParseError, RemoteError):
        if told is None:
            raise
        listed = told
    different = sorted(set(listed.items()) ^ set((listed if told is None else told).items()))
    if different:
        port = different[0][0]
        raise ParseError(f"{port} is in another port channel by the configuration than by show interfaces port-channel")
    if empty := sorted(name for name, row in status.items() if is_used(row) and name not in listed.values()):
        raise ParseError(f"show interfaces port-channel: {empty[0]} has a link, and no port is in it: it is not whole")
    return listed


def _heard(client: Sg300Client) -> list[MacRow]:
    """Return who was heard, by whichever of the two spellings the model knows."""
    try:
        return parse_mac_table(client.mac_table())
    except NotACommand:
        return parse_mac_table(client.older_mac_table())


def _vlans(client: Sg300Client, config: RunningConfig | None) -> dict[int, VlanRow]:
    """Return the VLANs. Raises ParseError if the configuration has more of them: then the table is not whole."""
    found = parse_vlans(client.vlans())
    if missing := sorted((config.vids if config else frozenset()) - set(found)):
        raise ParseError(f"show vlan: VLAN {missing[0]} is in the configuration and not in the table: it is not whole")
    return found


# ---------------------------------------------------------------------------------------------- ports and their VLANs


def _port_vlans(
    client: Sg300Client, tables: _Tables, ports: Ports | None, vlans: Mapping[int, VlanRow] | None
) -> dict[str, PortVlans] | None:
    """Return the VLANs of each port: from the table where it tells tags, else port by port."""
    if ports is None or vlans is None:
        return None
    found = {}
    for port in ports.names:
        if port in (ports.lag_of or {}):
            found[port] = PortVlans(vid=0, tagged=frozenset())  # its port channel is in the VLANs
            continue
        told = _told(port, vlans)
        if told is None or told.vid is None:
            told = tables.read(f"interfaces/vlans/{port}", partial(_asked, client, port)) or told
        if told is not None:
            found[port] = told
    return found


def _told(port: str, vlans: Mapping[int, VlanRow]) -> PortVlans | None:
    """Return what the table says of a port: None if it does not tell tags, no vid if several VLANs are untagged."""
    tagged, untagged = set(), set()
    for vid, row in vlans.items():
        if row.tagged is None or row.untagged is None:
            return None
        tagged |= {vid} if port in row.tagged else set()
        untagged |= {vid} if port in row.untagged else set()
    return PortVlans(vid=None if len(untagged) > 1 else max(untagged, default=0), tagged=frozenset(tagged))


def _asked(client: Sg300Client, port: str) -> PortVlans:
    answer: Switchport = parse_switchport(client.switchport(port), port)
    return PortVlans(vid=answer.vid, tagged=answer.tagged)
