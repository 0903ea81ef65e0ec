"""The relations of a model, and loading them for many objects at once.

Django's `prefetch_related()` needs as many queries, but makes a query set for each object and relation; that is most of
its time for objects with ten relations. Here the rows are held as they are, and a query set is made when asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, ManyToManyRel, ManyToOneRel, Model, prefetch_related_objects

SLICE = 2000
"""Keys in one SELECT."""

Tree = dict[str, Any]


def relation(model: type[Model], name: str) -> Any:
    """Return the relation behind an attribute; None if there is none."""
    found = model_field(model, name)
    return found if found is not None and found.is_relation else None


def model_field(model: type[Model], name: str) -> Any:
    """Return the field or relation behind an attribute; None if there is none."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((rel for rel in model._meta.related_objects if rel.get_accessor_name() == name), None)


def is_keyed(found: Any) -> bool:
    """Tell whether a relation is a column that holds the primary key of the other object."""
    return isinstance(found, ForeignKey) and found.target_field.primary_key


def is_reverse_one(model: type[Model], name: str) -> bool:
    """Tell whether the attribute is the far side of a one-to-one relation."""
    found = relation(model, name)
    return bool(found is not None and found.one_to_one and found.auto_created and not found.concrete)


def many_key(model: type[Model], name: str) -> str | None:
    """Return the name under which Django keeps the prefetched rows of a to-many side; None if it is not one."""
    found = relation(model, name)
    if found is None or not (found.many_to_many or found.one_to_many):
        return None
    if isinstance(found, ManyToManyRel):
        return str(found.field.related_query_name())
    return str(found.get_accessor_name() if isinstance(found, ManyToOneRel) else found.name)


def many_rows(model: type[Model], name: str) -> Callable[[Any], Iterable[Any]]:
    """Return a function that gives the rows of a to-many side of an object, without a query where they are known."""
    key = many_key(model, name)

    def rows(obj: Any) -> Iterable[Any]:
        known = obj.__dict__.get("_prefetched_objects_cache")
        if known is not None and key in known:
            return known[key]
        return getattr(obj, name).all()

    return rows


def hold(obj: Any, name: str, key: str, rows: Iterable[Any]) -> None:
    """Let an object know what a to-many side holds (`key` from `many_key()`)."""
    obj.__dict__.setdefault("_prefetched_objects_cache", {})[key] = Held(obj, name, key, rows)


class Held:
    """The known rows of a to-many side: what Django would keep as a query set, which is made when it is asked for."""

    __slots__ = ("_key", "_name", "_obj", "_rows")

    def __init__(self, obj: Any, name: str, key: str, rows: Iterable[Any]) -> None:
        self._obj, self._name, self._key, self._rows = obj, name, key, list(rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __getattr__(self, name: str) -> Any:
        """Give what the query set gives (filter, first, exists, ...)."""
        return getattr(self._query_set(), name)

    def _query_set(self) -> Any:
        known = self._obj._prefetched_objects_cache
        del known[self._key]
        try:
            query_set = getattr(self._obj, self._name).get_queryset()
        finally:
            known[self._key] = self
        query_set._result_cache, query_set._prefetch_done = list(self._rows), True
        return query_set


# ------------------------------------------------------------------------------------------------------------ loading


def load(objects: list[Any], paths: Iterable[str]) -> None:
    """Load the relations of objects of one model, named as for `prefetch_related()`: one or two queries each."""
    _load(objects, _tree(paths))


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        branch = tree
        for name in path.split("__"):
            branch = branch.setdefault(name, {})
    return tree


def _load(objects: list[Any], tree: Tree) -> None:
    for name, below in tree.items() if objects else ():
        related = _load_one(objects, name)
        if below:
            for group in _by_model(related):
                _load(group, below)


def _load_one(objects: list[Any], name: str) -> list[Any]:
    model = type(objects[0])
    found, key = relation(model, name), many_key(model, name)
    if is_keyed(found):
        return _load_keyed(objects, found)
    if key is not None and len(objects) > 1:
        return _load_many(objects, name, key)
    prefetch_related_objects(objects, name)
    return _attached(objects, name, key)


def _load_keyed(objects: list[Any], found: Any) -> list[Any]:
    lacking = [obj for obj in objects if getattr(obj, found.attname) is not None and not found.is_cached(obj)]
    known = _by_key(found.remote_field.model, {getattr(obj, found.attname) for obj in lacking})
    for obj in lacking:
        if (related := known.get(getattr(obj, found.attname))) is not None:
            found.set_cached_value(obj, related)
    return [found.get_cached_value(obj) for obj in objects if found.get_cached_value(obj, None) is not None]


def _by_key(model: type[Model], keys: set[Any]) -> dict[Any, Any]:
    ordered, known = sorted(keys), {}
    for start in range(0, len(ordered), SLICE):
        known.update(model._base_manager.in_bulk(ordered[start : start + SLICE]))
    return known


def _load_many(objects: list[Any], name: str, key: str) -> list[Any]:
    lacking = [obj for obj in objects if key not in obj.__dict__.get("_prefetched_objects_cache", ())]
    for start in range(0, len(lacking), SLICE):
        some = lacking[start : start + SLICE]
        rows, owner_of_row, owner_of_object, *_ = getattr(some[0], name).get_prefetch_querysets(some)
        by_owner: dict[Any, list[Any]] = defaultdict(list)
        for row in rows:
            by_owner[owner_of_row(row)].append(row)
        for obj in some:
            hold(obj, name, key, by_owner.get(owner_of_object(obj), ()))
    return _attached(objects, name, key)


def _attached(objects: list[Any], name: str, key: str | None) -> list[Any]:
    if key is not None:
        return [row for obj in objects for row in obj._prefetched_objects_cache[key]]
    return [related for obj in objects if (related := getattr(obj, name, None)) is not None]


def _by_model(objects: Iterable[Any]) -> list[list[Any]]:
    """Each object once, grouped by model."""
    groups: dict[type[Model], dict[int, Any]] = defaultdict(dict)
    for obj in objects:
        groups[type(obj)][id(obj)] = obj
    return [list(group.values()) for group in groups.values()]
