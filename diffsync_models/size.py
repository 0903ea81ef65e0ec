"""How large a guest may be: a GuestSize."""

from __future__ import annotations

import uuid
from typing import Any

from typing_extensions import override

from ..models import GuestSize
from ..records import Kind, SizeRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted

AMOUNTS = ("cores", "memory_mb", "disk_gb")
COLUMNS = ("name", "description", *(f"{sort}_{amount}" for sort in ("container", "vm") for amount in AMOUNTS))


class Size(KindModel):
    """A size. Its name is its identity; requests stand on it, so it outlives who named it."""

    kind = Kind.SIZE
    orm = GuestSize
    outlives = True

    _modelname = "size"
    _attributes = COLUMNS
    name: str | None = None
    description: str | None = None
    container_cores: int | None = None
    container_memory_mb: int | None = None
    container_disk_gb: int | None = None
    vm_cores: int | None = None
    vm_memory_mb: int | None = None
    vm_disk_gb: int | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.SIZE].values()]  # type: ignore[attr-defined]
        rows = GuestSize.objects.filter(mine(view, Kind.SIZE, name__in=names)).order_by().values_list("pk", *COLUMNS)
        return {pk: Current(pk, columns[0], dict(zip(COLUMNS, columns, strict=True))) for pk, *columns in rows}

    @override
    @classmethod
    def candidates(cls, record: SizeRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.SIZE).get(record.name)
        return [pk] if pk else []

    @override
    @classmethod
    def want(cls, record: SizeRecord, view: View) -> Wanted:
        values: dict[str, Any] = {"name": record.name, "description": record.description}
        for sort in ("container", "vm"):
            amounts = zip(AMOUNTS, getattr(record, sort), strict=True)
            values |= {f"{sort}_{name}": number for name, number in amounts}
        return Wanted(values)

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: SizeRecord, view: View) -> GuestSize:
        return GuestSize(pk=pk, _custom_field_data=view.refs.custom_field_defaults(GuestSize))

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        return put(row, attrs, COLUMNS)

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.partition("/")[2])
