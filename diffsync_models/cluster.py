"""A cluster: a Nautobot Cluster at the System's location."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from nautobot.virtualization.models import Cluster as ClusterRow
from typing_extensions import override

from ..records import ClusterRecord, Kind
from .base import KindModel, mine, put
from .view import Current, View, Wanted


class Cluster(KindModel):
    """A cluster. Its name stays as people wrote it: it is unique in all of Nautobot."""

    kind = Kind.CLUSTER
    orm = ClusterRow
    kept = frozenset({"name"})

    _modelname = "cluster"
    _attributes = ("name",)
    name: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.CLUSTER].values()]  # type: ignore[attr-defined]
        rows = ClusterRow.objects.filter(
            mine(view, Kind.CLUSTER, name__in=[name for name in names if name]) | Q(pk=view.system.cluster_id)
        ).values_list("pk", "name")
        return {pk: Current(pk, name, {"name": name}) for pk, name in rows}

    @override
    @classmethod
    def candidates(cls, record: ClusterRecord, view: View) -> list[uuid.UUID]:
        if view.system.cluster_id:
            return [view.system.cluster_id]
        return [row.pk for row in view.current[Kind.CLUSTER].values() if row.natural == record.name]

    @override
    @classmethod
    def want(cls, record: ClusterRecord, view: View) -> Wanted:
        return Wanted({"name": view.names.get(record.key)})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: ClusterRecord, view: View) -> ClusterRow:
        return ClusterRow(
            pk=pk,
            cluster_type=view.refs.cluster_types[record.cluster_type or "Unknown"],
            location=view.system.location,
            _custom_field_data=view.refs.custom_field_defaults(ClusterRow),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        return put(row, attrs, ("name",))

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}
