"""A cable between two interfaces: a Nautobot Cable with its two terminations.

A port has one cable. Where another one is plugged in already, in Nautobot's mind, nothing is written: a person, or the
other system, knows why it is there.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from nautobot.dcim.models import Cable as CableRow
from nautobot.dcim.models import CableToCableTermination
from nautobot.dcim.models import Interface as InterfaceRow
from nautobot.dcim.signals import defer_cable_path_rebuilds
from typing_extensions import override

from ..records import CableRecord, Kind
from .base import KindModel, put
from .view import Current, View, Wanted

ENDS = ("A", "B")
PLAIN = ("type", "color")


class Cable(KindModel):
    """A cable. Its two ends are its identity, whichever is called A."""

    kind = Kind.CABLE
    orm = CableRow
    kept = frozenset({"status", *PLAIN})
    retired_status = "Decommissioning"

    _modelname = "cable"
    _attributes = ("status", *PLAIN)
    status: str | None = None
    type: str | None = None
    color: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        here = Q(interface__in=view.pks(Kind.INTERFACE)) | Q(cable__in=view.claimed(Kind.CABLE))
        cables = CableToCableTermination.objects.filter(here).order_by().values("cable_id")
        ends: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        for cable, port in CableToCableTermination.objects.filter(cable__in=cables).values_list(
            "cable_id", "interface_id"
        ):
            ends[cable].append(port)
        rows = CableRow.objects.filter(pk__in=cables).order_by().values_list("pk", "status__name", *PLAIN)
        return {
            pk: Current(pk, frozenset(ends[pk]), {"status": status, **dict(zip(PLAIN, plain, strict=True))})
            for pk, status, *plain in rows
        }

    @override
    @classmethod
    def candidates(cls, record: CableRecord, view: View) -> list[uuid.UUID]:
        wanted = frozenset(view.pk.get((Kind.INTERFACE, end)) for end in (record.a, record.b))
        return [row.pk for row in view.current[Kind.CABLE].values() if row.natural == wanted]

    @override
    @classmethod
    def parent(cls, record: CableRecord) -> tuple[Kind, str]:
        return (Kind.INTERFACE, record.a)

    @override
    @classmethod
    def want(cls, record: CableRecord, view: View) -> Wanted:
        values = {name: getattr(record, name) for name in PLAIN}
        return Wanted({"status": record.status or "Connected", **values})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: CableRecord, view: View) -> CableRow:
        ends = [view.known(Kind.INTERFACE, end) for end in (record.a, record.b)]
        for end, port in zip((record.a, record.b), ends, strict=True):
            if any(port in row.natural for row in view.current[Kind.CABLE].values()):
                raise ValidationError(f"{end} has another cable already; remove that one first if it is wrong")
        row = CableRow(
            pk=pk,
            status=view.refs.status("Connected"),
            _custom_field_data=view.refs.custom_field_defaults(CableRow),
        )
        row.wow_ends = ends
        return row

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, PLAIN)
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        return touched

    @override
    @classmethod
    def once_written(cls, rows: Iterable[Any], view: View) -> None:
        """Plug the new cables in, as Nautobot does when it saves one, and let it trace what they connect."""
        rows = list(rows)
        ports = InterfaceRow.objects.in_bulk([port for row in rows for port in row.wow_ends])
        with defer_cable_path_rebuilds():
            for row in rows:
                for end, port in zip(ENDS, row.wow_ends, strict=True):
                    row.add_termination(ports[port], cable_end=end)
