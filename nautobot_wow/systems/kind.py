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
from .provisioner import House, Provisioner


class Options(BaseModel):
    """Options of a System of one kind; an unknown option is an error, so that a typing mistake is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def house(self) -> House:
        """Return what every guest gets that is made on the System; nothing, unless its kind has options for it."""
        return House()


@dataclass(frozen=True, kw_only=True)
class Login:
    """One way to log in, in the words of Nautobot's secrets groups.

    `secret_types` must all be there; `optional` ones are taken where they are. Of `access_types` the first one that has
    a secret wins. `words` is how people say it: "a username and a key".
    """

    access_types: tuple[str, ...]
    secret_types: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Return what is needed, in words: "a username and a key"."""
        return " and ".join(f"a {name}" for name in self.secret_types)


TOKEN_LOGIN = Login(access_types=("HTTP(S)", "Generic"), secret_types=("username", "token"))
PASSWORD_LOGIN = Login(access_types=("HTTP(S)", "Generic"), secret_types=("username", "password"))
SSH_KEY_LOGIN = Login(access_types=("SSH", "Generic"), secret_types=("username", "key"), optional=("password",))
SSH_PASSWORD_LOGIN = Login(access_types=("SSH", "Generic"), secret_types=("username", "password"))


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
    `device_role` is the role of a device that it is the first to name, and of which it does not say the role.
    `logins` are the ways to log in; the first one whose secrets are all there is taken.
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
    logins: tuple[Login, ...] = (TOKEN_LOGIN,)
    address_tag: str = ""
    device_role: str = "Hypervisor"
    provisioner: Callable[[Connection, Any], Provisioner] | None = None
    outbound: Outbound | None = None

    @property
    def content_identifier(self) -> str:
        """What a Git repository in Nautobot provides that holds documents of this kind."""
        return f"nautobot_wow.{self.slug.replace('-', '_')}"
