"""New rows, logged as they were built: what they point at is put into them, so that nothing has to be read back.

The database has no statistics of rows of the same transaction; joining thousands of them takes it seconds.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from .changelog import ChangeLog
from .links import ENDS

Sides = dict[uuid.UUID, dict[str, list[Any]]]
"""By primary key of an object: what its to-many sides hold."""


class FreshRows:
    """The rows that one run inserted, and the links between them."""

    def __init__(self, log: ChangeLog) -> None:
        self._log = log
        self._rows: dict[type[Model], dict[uuid.UUID, Any]] = defaultdict(dict)
        self._links: list[Any] = []
        self._strangers: set[uuid.UUID] = set()
        self._connected = False

    def add(self, model: type[Model], rows: Iterable[Any]) -> None:
        """Remember rows that were inserted."""
        self._rows[model].update((row.pk, row) for row in rows)

    def link(self, links: Iterable[Any]) -> None:
        """Remember links that were inserted."""
        self._links += links

    def ready(self, model: type[Model], pks: list[uuid.UUID]) -> list[Any]:
        """Return the new objects as `ChangeLog.fetch()` does. One that is linked to an older object is read back."""
        if not self._connected:
            self._connect()
        mine = self._rows[model]
        built = [mine[pk] for pk in pks if pk in mine and pk not in self._strangers]
        older = [pk for pk in pks if pk not in mine or pk in self._strangers]
        return [*self._log.complete(built), *self._log.fetch(model, older)]

    def _connect(self) -> None:
        self._connected = True
        sides = self._sides()
        self._sort(sides)
        for model, rows in self._rows.items():
            columns = [(column, self._rows[column.related_model]) for column in self._columns(model)]
            for pk, row in rows.items():
                for column, new in columns:
                    related = new.get(getattr(row, column.attname))
                    if related is not None:
                        column.set_cached_value(row, related)
                if pk not in self._strangers:
                    self._log.with_empty_m2m(row, **sides.get(pk, {}))

    def _columns(self, model: type[Model]) -> list[Any]:
        """The foreign keys that may point at other new rows."""
        return [column for column in model._meta.fields if column.is_relation and column.related_model in self._rows]

    def _sides(self) -> Sides:
        sides: Sides = defaultdict(lambda: defaultdict(list))
        for link in self._links:
            for owner, side, member in ENDS[type(link)]:
                pk = getattr(link, owner)
                if pk is not None and getattr(link, f"{member}_id") is not None:
                    self._hold(sides, pk, side, link, member)
        return sides

    def _hold(self, sides: Sides, owner: uuid.UUID, side: str, link: Any, member: str) -> None:
        column = type(link)._meta.get_field(member)
        row = column.get_cached_value(link, None)
        if row is None:
            row = self._rows[column.related_model].get(getattr(link, column.attname))
        if row is None:
            self._strangers.add(owner)
        else:
            sides[owner][side].append(row)

    @staticmethod
    def _sort(sides: Sides) -> None:
        """Where a side holds several, put them into the order in which the database would return them."""
        several = [members for held in sides.values() for members in held.values() if len(members) > 1]
        by_model: dict[type[Model], set[uuid.UUID]] = defaultdict(set)
        for member in (member for members in several for member in members):
            by_model[type(member)].add(member.pk)
        place: dict[uuid.UUID, int] = {}
        for model, pks in by_model.items():
            found = model._default_manager.filter(pk__in=pks).values_list("pk", flat=True)
            place.update((pk, number) for number, pk in enumerate(found))
        for members in several:
            members.sort(key=lambda member: place[member.pk])
