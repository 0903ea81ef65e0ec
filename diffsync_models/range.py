"""Addresses that belong together: a Nautobot IPAddressRange, never an exclusive one.

An exclusive range refuses every address in it, also on later saves: static mappings and VIPs are such addresses. What
must not be given out is kept back by the allocator and the validators of this app instead.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from nautobot.ipam.models import IPAddressRange
from typing_extensions import override

from ..records import Kind, RangeRecord
from .base import KindModel, put
from .view import Current, View, Wanted

Span = tuple[int, int, int]
"""IP version, first and last address as numbers."""


class Range(KindModel):
    """A range. One that a System describes a little differently is the same one: who is believed less is a conflict."""

    kind = Kind.RANGE
    orm = IPAddressRange
    kept = frozenset({"name", "status", "role", "description", "first", "last"})
    prose = frozenset({"name", "description"})
    retired_status = "Deprecated"

    _modelname = "range"
    _attributes = ("name", "status", "role", "first", "last", "description")
    name: str | None = None
    status: str | None = None
    role: str | None = None
    first: str | None = None
    last: str | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        here = Q(parent__namespace=view.refs.namespace) | Q(pk__in=view.claimed(Kind.RANGE))
        rows = IPAddressRange.objects.filter(here).order_by()
        found = {}
        for pk, *columns in rows.values_list(
            "pk", "name", "status__name", "role__name", "start_host", "end_host", "description"
        ):
            values = dict(zip(cls._attributes, columns, strict=True))
            values |= {"role": values["role"] or "", "first": str(values["first"]), "last": str(values["last"])}
            found[pk] = Current(pk, span_of(values["first"], values["last"]), values)
        return found

    @override
    @classmethod
    def candidates(cls, record: RangeRecord, view: View) -> list[uuid.UUID]:
        """The very same range, else those of the same sort that have an address in common with it."""
        span = span_of(record.first, record.last)
        rows = list(view.current[Kind.RANGE].values())
        same = [row.pk for row in rows if row.natural == span]
        return same or [
            row.pk for row in rows if meet(row.natural, span) and _is_alike(row.values["role"], record.role)
        ]

    @override
    @classmethod
    def want(cls, record: RangeRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "status": "Active",
                "role": record.role,
                "first": str(ipaddress.ip_address(record.first)),
                "last": str(ipaddress.ip_address(record.last)),
                "description": record.description,
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: RangeRecord, view: View) -> IPAddressRange:
        span = span_of(record.first, record.last)
        _refuse_overlap(pk, span, view)
        row = IPAddressRange(
            pk=pk,
            ip_version=span[0],
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(IPAddressRange),
        )
        row.parent_id = _parent(record.first, record.last, view)
        return row

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_roles((values["role"] for values in attrs if values.get("role")), IPAddressRange)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name", "description"))
        if "first" in attrs or "last" in attrs:
            row.start_host, row.end_host = attrs.get("first", row.start_host), attrs.get("last", row.end_host)
            _refuse_overlap(row.pk, span_of(row.start_host, row.end_host), view)
            row.parent_id = _parent(row.start_host, row.end_host, view)
            touched |= {"start_host", "end_host", "parent"}
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        if "role" in attrs:
            row.role = view.refs.role(attrs["role"]) if attrs["role"] else None
            touched.add("role")
        return touched

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.partition("/")[2])


def span_of(first: Any, last: Any) -> Span:
    """Return a range as numbers. Raises ValidationError where it is none."""
    start, end = ipaddress.ip_address(str(first)), ipaddress.ip_address(str(last))
    if start.version != end.version or start > end:  # type: ignore[operator]
        raise ValidationError(f"{first} to {last} is no range of addresses")
    return start.version, int(start), int(end)


def meet(one: Span, other: Span) -> bool:
    """Tell whether two ranges have an address in common."""
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _is_alike(have: str, said: str | None) -> bool:
    """Tell whether two ranges may be one by what they are for: a DHCP pool is no static range."""
    return said is None or have == said


def _refuse_overlap(pk: uuid.UUID, span: Span, view: View) -> None:
    """Core looks for overlaps only when a person saves a range, and only below one prefix."""
    for row in view.current[Kind.RANGE].values():
        if row.pk != pk and meet(row.natural, span) and row.pk not in view.key.get(Kind.RANGE, {}):
            raise ValidationError(
                f"it meets the range {row.values['name'] or 'without a name'} {row.values['first']} to "
                f"{row.values['last']}{_for(row.values['role'])}; split one of the two, or say that they are one"
            )


def _for(role: str) -> str:
    return f" ({role})" if role else ""


def _parent(first: Any, last: Any, view: View) -> uuid.UUID:
    """Return the prefix that holds the whole range. Raises ValidationError where there is none."""
    ends = [view.refs.network_of(str(host)) for host in (first, last)]
    if ends[0] is None or ends[1] is None:
        raise ValidationError(f"no prefix of namespace {view.refs.namespace} holds it")
    if ends[0].pk != ends[1].pk:
        raise ValidationError("it lies across two prefixes; a range is in one: split it where they meet")
    return ends[0].pk
