"""What the app must know of a kind of system: how to read it, what it may be asked, how far it is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from ..records import Kind
from ..snapshot import Snapshot
from .connection import Connection


class Options(BaseModel):
    """Options of a System of one kind; an unknown option is an error, so that a typing mistake is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class SystemKind:
    """A kind of system, for example Proxmox VE.

    `read(connection, options)` returns a Snapshot or raises a SourceError; it never returns less because of a failure.
    `precedence` is where a new System of this kind starts: the higher one writes a field that several assert.
    `address_tag` is the tag that the operator's automation looks for on addresses that come from this kind.
    """

    slug: str
    name: str
    kinds: tuple[Kind, ...]
    precedence: int
    options: type[Options]
    read: Callable[[Connection, Any], Snapshot]
    address_tag: str = ""
