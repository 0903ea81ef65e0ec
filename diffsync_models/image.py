"""What a guest is made of: a GuestImage of one System."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from typing_extensions import override

from ..models import GuestImage, System
from ..records import ImageRecord, Kind
from .base import KindModel, mine, put
from .view import Current, View, Wanted

PLAIN = ("name", "guest_type", "source", "default_user")


class Image(KindModel):
    """An image. Its System and its name are its identity; requests stand on it, so it outlives who named it."""

    kind = Kind.IMAGE
    orm = GuestImage
    outlives = True

    _modelname = "image"
    _attributes = (*PLAIN, "platform")
    name: str | None = None
    guest_type: str | None = None
    source: str | None = None
    default_user: str | None = None
    platform: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.IMAGE].values()]  # type: ignore[attr-defined]
        images = GuestImage.objects.filter(mine(view, Kind.IMAGE, name__in=names)).order_by()
        found = {}
        for pk, system, platform, *columns in images.values_list("pk", "system__name", "platform__name", *PLAIN):
            values = {**dict(zip(PLAIN, columns, strict=True)), "platform": platform or ""}
            found[pk] = Current(pk, (system, values["name"]), values)
        return found

    @override
    @classmethod
    def candidates(cls, record: ImageRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.IMAGE).get((record.system, record.name))
        return [pk] if pk else []

    @override
    @classmethod
    def want(cls, record: ImageRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "guest_type": record.guest_type.value,
                "source": record.source,
                "default_user": record.user,
                "platform": record.platform,
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: ImageRecord, view: View) -> GuestImage:
        system = System.objects.filter(name=record.system).first()
        if system is None:
            raise ValidationError(f"there is no System {record.system} that could have it; add that System first")
        return GuestImage(pk=pk, system=system, _custom_field_data=view.refs.custom_field_defaults(GuestImage))

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_platforms(values["platform"] for values in attrs if values.get("platform"))

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, PLAIN)
        if "platform" in attrs:
            row.platform = view.refs.platforms.get(attrs["platform"])
            touched.add("platform")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.rpartition("/")[2])
