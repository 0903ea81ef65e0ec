"""The networks that an endpoint defines itself: zones and vnets, and where everything is read, their subnets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ...errors import AuthenticationError, NotFound, SourceError
from .answers import SdnAnswer
from .parse.config import Plugs
from .parse.sdn import Sdn, add_subnets, parse_sdn

if TYPE_CHECKING:
    from .client import ProxmoxClient


class Networks:
    """Asks for them once, when somebody needs them; a failure is part of the answer."""

    def __init__(self, client: ProxmoxClient, *, whole: bool) -> None:
        self._client = client
        self._whole = whole
        self._lock = threading.Lock()
        self._answer = self._ask() if whole else None

    def answer(self) -> SdnAnswer:
        """Return the zones and vnets, and if everything is read, the subnets."""
        with self._lock:
            if self._answer is None:
                self._answer = self._ask()
            return self._answer

    def plugs(self, bridges: frozenset[str], wanted: frozenset[str]) -> Plugs:
        """Return what cards can be plugged into; no question is asked if the bridges of the node are enough."""
        if wanted <= bridges:
            return Plugs(bridges=bridges)
        return Plugs(bridges=bridges, vnets=self.answer().networks.vids)

    def _ask(self) -> SdnAnswer:
        try:
            networks = parse_sdn(self._client.sdn_zones(), self._client.sdn_vnets())
        except AuthenticationError:
            raise
        except SourceError as error:
            return SdnAnswer(failure=f"the software defined networks could not be read: {error}")
        vnets = sorted(networks.vnets) if self._whole else []
        rows = self._client.concurrently(self._subnets, vnets)
        failures = [_add(networks, vnet, found) for vnet, found in zip(vnets, rows, strict=True)]
        return SdnAnswer(networks=networks, failure=next((failure for failure in failures if failure), ""))

    def _subnets(self, vnet: str) -> list[Any] | SourceError:
        try:
            return self._client.sdn_subnets(vnet)
        except AuthenticationError:
            raise
        except SourceError as error:
            return error


def _add(networks: Sdn, vnet: str, found: list[Any] | SourceError) -> str:
    """Take in the subnets and return what kept them from being read; a vnet that waits to be deleted has none."""
    if isinstance(found, NotFound):
        networks.ending.add(vnet)
        return ""
    if isinstance(found, SourceError):
        return f"the subnets of vnet {vnet} could not be read: {found}"
    add_subnets(networks, vnet, found)
    return ""
