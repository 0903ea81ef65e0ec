"""What the app must know of a kind of system: how to read it, what it may be asked, how far it is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from ..records import Kind
from ..snapshot import Snapshot
from .connection import Connection
from .outbound import Outbound
from .provisioner import Provisioner


class Options(BaseModel):
    """Options of a System of one kind; an unknown option is an error, so that a typing mistake is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class ConnectionReport:
    """What a test of the connection found, in the order in which people ask: each fact is a name and a value.

    `invisible` are sentences on what the credentials cannot see, with what to do about it. Neither holds a secret.
    """

    facts: tuple[tuple[str, str], ...]
    invisible: tuple[str, ...] = ()


class Reader(Protocol):
    """Reads one system."""

    def __call__(self, source: Any, options: Any, only: frozenset[str] = frozenset(), /) -> Snapshot:
        """Return what the system says of everything, or only of these nodes and guests."""


@dataclass(frozen=True, kw_only=True)
class SystemKind:
    """A kind of system, for example Proxmox VE.

    `read(source, options, only)` returns a Snapshot or raises a SourceError; it never returns less because of a
    failure. The source is a Connection, or the Documents of a kind that has `suffixes`: the ends of the names of its
    files. `only` holds the keys of the nodes and guests that are asked for; empty means everything.
    `check(source, options)` asks as little as possible and reports who answered and what would not be seen.
    `precedence` is where a new System of this kind starts: the higher one writes a field that several assert.
    `address_tag` is the tag that the operator's automation looks for on addresses that come from this kind.
    `provisioner(connection, options)` makes, changes and removes guests; None where the app only reads.
    `outbound` says what people change in Nautobot may be sent to it, through the provisioner; None for nothing.
    """

    slug: str
    name: str
    kinds: tuple[Kind, ...]
    precedence: int
    options: type[Options]
    read: Reader
    check: Callable[[Any, Any], ConnectionReport]
    suffixes: tuple[str, ...] = ()
    address_tag: str = ""
    provisioner: Callable[[Connection, Any], Provisioner] | None = None
    outbound: Outbound | None = None

    @property
    def content_identifier(self) -> str:
        """What a Git repository in Nautobot provides that holds documents of this kind."""
        return f"nautobot_wow.{self.slug.replace('-', '_')}"
