"""What every kind has: a DiffSync model for the differences, and the one place that knows its Nautobot columns.

A model is made only for an object that differs, and only with the attributes that differ. Its create, update and
delete queue; the writer writes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from diffsync import DiffSyncModel
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from nautobot.extras.models import TaggedItem

from ..records import Kind
from .view import Current, View, Wanted

if TYPE_CHECKING:
    from .adapters import NautobotAdapter


class KindModel(DiffSyncModel):
    """One kind. The class methods read Nautobot, translate records and fill rows; instances are differences.

    `sets` are merged element by element; `kept` are fields in which adoption keeps what people wrote; `refilled` are
    fields that Nautobot blanks by itself. `prose` are words for people: who is believed less and puts them otherwise
    does not disagree. What `outlives` the system that named it is retired, and never deleted.
    """

    kind: ClassVar[Kind]
    orm: ClassVar[type[Model]]
    sets: ClassVar[frozenset[str]] = frozenset()
    kept: ClassVar[frozenset[str]] = frozenset()
    refilled: ClassVar[frozenset[str]] = frozenset()
    prose: ClassVar[frozenset[str]] = frozenset()
    retired_status: ClassVar[str] = "Decommissioning"
    outlives: ClassVar[bool] = False

    _identifiers = ("key",)
    key: str

    # What DiffSync asks of a model, answered without pydantic's dumps.
    def get_unique_id(self) -> str:
        """Return the key; DiffSync's own way joins identifiers with "__", which a key may contain."""
        return self.key

    @classmethod
    def create_unique_id(cls, **identifiers: Any) -> str:
        """Return the key, as `get_unique_id` does."""
        return str(identifiers["key"])

    def get_attrs(self) -> dict[str, Any]:
        """Return every attribute; those that do not differ are None on both sides."""
        return {name: getattr(self, name) for name in self._attributes}

    @classmethod
    def create(cls, adapter: NautobotAdapter, ids: dict[str, Any], attrs: dict[str, Any]) -> KindModel:
        """Queue the new object."""
        adapter.queue(cls.kind, ids["key"])
        return cls(**ids, **attrs)

    def update(self, attrs: dict[str, Any]) -> KindModel:
        """Queue the change."""
        self.adapter.queue(self.kind, self.key)
        return self

    def delete(self) -> KindModel:
        """Queue the removal."""
        self.adapter.queue(self.kind, self.key)
        return self

    # What the reconciler asks of a kind.
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        """Return the objects that this run may meet, in a number of queries that does not depend on how many."""
        raise NotImplementedError

    @classmethod
    def candidates(cls, record: Any, view: View) -> list[uuid.UUID]:
        """Return the objects that a record without a claim may be."""
        raise NotImplementedError

    @classmethod
    def parent(cls, record: Any) -> tuple[Kind, str] | None:
        """Return what must exist before the object can, if anything."""
        return None

    @classmethod
    def want(cls, record: Any, view: View) -> Wanted:
        """Return what the record says, in canonical values."""
        raise NotImplementedError

    @classmethod
    def settle(cls, attrs: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
        """Return the changes {name: (old, new)} without those that do not go with what stays."""
        return attrs

    @classmethod
    def new(cls, pk: uuid.UUID, record: Any, view: View) -> Model:
        """Return a row that was never saved, with everything that is not an attribute."""
        raise NotImplementedError

    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        """Put canonical values into columns; return the names of the model fields that were touched."""
        raise NotImplementedError

    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        """Make what the new values point at and Nautobot lacks (platforms, tags)."""

    @classmethod
    def announce(cls, view: View) -> None:
        """Tell the kinds that follow what this run will create; called when every record has its object."""

    @classmethod
    def once_written(cls, rows: Iterable[Any], view: View) -> None:
        """Do with new rows what Nautobot does when it saves one, and tell the rest of the run of them."""

    @classmethod
    def tidy(cls, attrs: dict[uuid.UUID, dict[str, Any]]) -> None:
        """Take away what Nautobot takes away when it saves these new values of these objects."""

    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        """Return the values of an object that is gone at its source."""
        return {"status": cls.retired_status}

    @classmethod
    def label(cls, key: str, name: Any) -> str:
        """Return what people call the object."""
        return f"{name} ({key})" if name and name != key else key


def mine(view: View, kind: Kind, **also: Any) -> Q:
    """Return the condition "claimed by this System, or like this"."""
    return Q(pk__in=view.claimed(kind)) | Q(**also)


def tags_of(model: type[Model], pks: QuerySet[Any, Any]) -> dict[uuid.UUID, list[str]]:
    """Return the names of the tags of every object of a sub-query, in one query."""
    found: dict[uuid.UUID, list[str]] = {}
    rows = TaggedItem.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=pks
    ).values_list("object_id", "tag__name")
    for pk, name in rows:
        found.setdefault(pk, []).append(name)
    return {pk: sorted(names) for pk, names in found.items()}


def mac_text(value: Any) -> str:
    """Return a MAC address as BC:24:11:00:00:01, or an empty text."""
    return str(value).upper() if value else ""


def put(row: Any, attrs: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Copy values into columns of the same name; return those touched."""
    touched = {name for name in names if name in attrs}
    for name in touched:
        setattr(row, name, attrs[name])
    return touched
