"""Who it is: identity, release and board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..menus import IDENTITY, RESOURCE, ROUTERBOARD, Answer
from .rows import row_of
from .values import version_of


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The release that runs and the board that it runs on."""

    version: str
    channel: str
    board: str


@dataclass(frozen=True, kw_only=True)
class Routerboard:
    """The hardware, where it is MikroTik's own; a virtual machine or PC has none of it."""

    is_routerboard: bool
    model: str = ""
    serial: str = ""


def parse_identity(answers: Sequence[Answer]) -> str:
    """Return the name of the router, as it stands: one that is called 7 or yes is called so."""
    return row_of(IDENTITY, answers).required("name")


def parse_resource(answers: Sequence[Answer]) -> Resource:
    """Return release and board."""
    row = row_of(RESOURCE, answers)
    try:
        version, channel = version_of(row.required("version"))
    except ValueError:
        raise row.error("version", "a version such as 7.18.2 (stable)") from None
    return Resource(version=version, channel=channel, board=row.text("board-name"))


def parse_routerboard(answers: Sequence[Answer]) -> Routerboard:
    """Return the hardware."""
    row = row_of(ROUTERBOARD, answers)
    return Routerboard(
        is_routerboard=row.flag("routerboard"),
        model=row.text("model"),
        serial=row.text("serial-number"),
    )
