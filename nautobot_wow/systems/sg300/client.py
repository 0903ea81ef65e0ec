"""The questions put to the switch, one after the other on one session: there are few sessions, and one is enough.

A method returns the text of the answer, which may well be a `%` error: `parse` reads both. It raises a SourceError
where there is no whole answer; it never returns part of one.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from ..connection import Connection
from ..ssh import HostKeys, SshLogin, login_of
from .options import Sg300Options
from .parse import addresses, config, device, interfaces, lldp, mac_table, vlans
from .session import Session, session


class Sg300Client:
    """Asks one switch over SSH. `learned` is the host key that was accepted at first use, if one was."""

    def __init__(self, connection: Connection, options: Sg300Options) -> None:
        self.system = connection.system
        self.login: SshLogin = login_of(connection)
        self._keys = HostKeys.of(connection, options)
        self._stack = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> Sg300Client:
        self._session = self._stack.enter_context(session(self.login, self._keys))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    @property
    def learned(self) -> dict[str, str]:
        """What the next reading should know."""
        return dict(self._keys.learned)

    @property
    def privilege(self) -> int:
        """What the user may: 15 for everything, 1 for looking."""
        return self._open.privilege

    @property
    def hostname(self) -> str:
        """The name in the prompt."""
        return self._open.base_prompt

    def version(self) -> str:
        """Return the firmware."""
        return self._ask(device.VERSION)

    def system_facts(self) -> str:
        """Return name, description and MAC address."""
        return self._ask(device.SYSTEM)

    def system_id(self) -> str:
        """Return the serial numbers."""
        return self._ask(device.SYSTEM_ID)

    def inventory(self) -> str:
        """Return units and transceivers; not every release knows this command."""
        return self._ask(device.INVENTORY)

    def status(self) -> str:
        """Return the links of ports and port channels."""
        return self._ask(interfaces.STATUS)

    def configuration(self) -> str:
        """Return which ports are switched on."""
        return self._ask(interfaces.CONFIGURATION)

    def descriptions(self) -> str:
        """Return what people wrote to each port."""
        return self._ask(interfaces.DESCRIPTION)

    def channels(self) -> str:
        """Return the members of port channels."""
        return self._ask(interfaces.CHANNELS)

    def vlans(self) -> str:
        """Return the VLANs and their ports."""
        return self._ask(vlans.VLANS)

    def switchport(self, port: str) -> str:
        """Return how one port treats VLANs."""
        return self._ask(f"{vlans.SWITCHPORT} {port}")

    def mac_table(self) -> str:
        """Return which cards were heard on which ports."""
        return self._ask(mac_table.MAC_TABLE)

    def older_mac_table(self) -> str:
        """Return the same from a model that spells the command otherwise."""
        return self._ask(mac_table.OLDER_MAC_TABLE)

    def neighbours(self) -> str:
        """Return who speaks LLDP at the other ends."""
        return self._ask(lldp.LLDP)

    def addresses(self) -> str:
        """Return the switch's own addresses."""
        return self._ask(addresses.IP_INTERFACE)

    def running_config(self) -> str:
        """Return the configuration; only for privilege 15. It holds secrets: keep none of it, and show none."""
        return self._ask(config.CONFIG)

    @property
    def _open(self) -> Session:
        assert self._session is not None, "the client is only usable inside its with block"
        return self._session

    def _ask(self, command: str) -> str:
        return self._open.ask(command)
