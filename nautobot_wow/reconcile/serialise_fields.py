"""One step per field of a serialiser: how its value is made without the serialiser.

A field is only taken apart when its class does what the known class does, method by method; a maker may still decline.
What remains is asked the way the serialiser asks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Field, Model
from nautobot.core.api.fields import NautobotHyperlinkedRelatedField, ObjectTypeField
from nautobot.core.api.serializers import BaseModelSerializer, NotesSerializerMixin
from nautobot.core.models import BaseModel
from nautobot.core.models.utils import construct_natural_slug
from nautobot.core.utils.lookup import get_route_for_model
from nautobot.dcim.constants import TERMINATION_FK_FIELDS
from nautobot.extras.api.customfields import CustomFieldsDataField
from nautobot.extras.api.mixins import TaggedModelSerializerMixin
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.relations import ManyRelatedField, PKOnlyObject

from .relations import is_keyed, is_reverse_one, many_key, many_rows, model_field, relation

if TYPE_CHECKING:
    from .serialise import Workshop

Get = Callable[[Any], Any]

SKIP = object()
"""What a step returns when the serialiser would leave the key out."""

MISSING = object()


@dataclass(frozen=True)
class Step:
    """How one key of the result is made, and the relations (prefetch paths) it reads."""

    get: Get
    needs: tuple[str, ...] = ()


def step_of(field: Any, workshop: Workshop) -> Step:
    """Return the step that makes the value of a field."""
    for applies, make in STEPS:
        if applies(field):
            step = make(field, workshop)
            if step is not None:
                return step
    return _as_the_field_does(field)


def renders_plainly(serializer: Any) -> bool:
    """Tell whether a serialiser writes its fields and nothing else when there is no request."""
    known = (BaseModelSerializer, TaggedModelSerializerMixin, *serializers.HyperlinkedModelSerializer.__mro__)
    kind = type(serializer)
    overrides = [c for c in kind.__mro__ if "to_representation" in vars(c) and c not in known]
    return not overrides and kind.data is serializers.Serializer.data


def as_text(pk: Any) -> Any:
    """Return a key as JSON will show it; said once here, it need not be said for every row."""
    return str(pk) if isinstance(pk, UUID) else pk


def _is(field: Any, kind: type, *names: str) -> bool:
    """Tell whether a field reads and represents values exactly as `kind` does (a subclass may do otherwise)."""
    return isinstance(field, kind) and all(
        getattr(type(field), name) is getattr(kind, name) for name in ("to_representation", "get_attribute", *names)
    )


def _calls(field: Any, owner: type, name: str) -> bool:
    """Tell whether a field is a method field that calls `owner.name`, not overridden."""
    return (
        _is(field, serializers.SerializerMethodField)
        and field.method_name == name
        and getattr(type(field.parent), name, None) is getattr(owner, name)
    )


def _display(field: Any, workshop: Workshop) -> Step:
    def display(obj: Any) -> Any:
        value = getattr(obj, "display", MISSING)
        return str(obj) if value is MISSING else value

    return Step(display)


def _natural_slug(field: Any, workshop: Workshop) -> Step | None:
    model = field.parent.Meta.model
    if not issubclass(model, BaseModel) or not _has_plain_natural_key(model):
        return None
    try:
        paths = [path.split("__") for path in model.natural_key_field_lookups]
    except AttributeError:  # Nautobot writes "unknown" for these; let it
        return None
    needs = tuple(dict.fromkeys("__".join(path[:-1]) for path in paths if len(path) > 1))
    return Step(functools.partial(_slug, paths), _relations(model, needs))


def _slug(paths: list[list[str]], obj: Any) -> str:
    values = [_follow(obj, path) for path in paths]
    while values and values[-1] is None:
        values.pop()
    parts = [_slug_part(None if value is None else str(value)) for value in values]
    pk = obj.pk
    return "_".join([*parts, str(pk)[:4] if isinstance(pk, UUID) else _slug_part(str(pk))])


def _follow(obj: Any, path: list[str]) -> Any:
    for name in path:
        obj = getattr(obj, name)
        if obj is None:
            break
    return obj


@functools.lru_cache(maxsize=65536)
def _slug_part(value: str | None) -> str:
    return construct_natural_slug([value])


def _has_plain_natural_key(model: type[BaseModel]) -> bool:
    return model.natural_slug is BaseModel.natural_slug and model.natural_key is BaseModel.natural_key


def _notes_url(field: Any, workshop: Workshop) -> Step | None:
    model = field.parent.Meta.model
    url = workshop.url(get_route_for_model(model, "notes", api=True), model)
    return None if url is None else Step(lambda obj: url(obj.pk))


def _identity_url(field: Any, workshop: Workshop) -> Step | None:
    if not field.lookup_field == field.lookup_url_kwarg == "pk":
        return None
    url = workshop.url(field.view_name, field.parent.Meta.model)
    return None if url is None else Step(lambda obj: url(obj.pk))


def _object_type(field: Any, workshop: Workshop) -> Step:
    label = field.to_representation(None)
    return Step(lambda obj: label)


def _custom_fields(field: Any, workshop: Workshop) -> Step | None:
    if field.source != "_custom_field_data":
        return None
    keys = list(field.custom_field_keys)
    return Step(lambda obj: {key: obj._custom_field_data.get(key) for key in keys})


def _expanded(field: Any, workshop: Workshop) -> Step | None:
    """A related object that is written out; by its foreign key column it is found without being loaded again."""
    found = relation(field.parent.Meta.model, field.source)
    if found is None:
        return None
    name, memo, once = field.source, workshop.memo, _Once(field, workshop)

    def by_column(obj: Any) -> Any:
        pk = getattr(obj, attname)
        if pk is None:
            return None
        known = memo.get((once.token, pk))
        return known if known is not None else once(getattr(obj, name))

    def by_accessor(obj: Any) -> Any:
        related = getattr(obj, name, None)  # a reverse one-to-one without its row counts as an absent attribute
        return None if related is None else once(related)

    needs = _below(name, once.needs)
    if is_keyed(found):
        attname = found.attname
        return Step(by_column, needs)
    return Step(by_accessor, needs) if is_reverse_one(field.parent.Meta.model, name) else None


def _expanded_list(field: Any, workshop: Workshop) -> Step | None:
    if many_key(field.parent.Meta.model, field.source) is None:
        return None
    once, rows = _Once(field.child, workshop), many_rows(field.parent.Meta.model, field.source)
    return Step(lambda obj: [once(row) for row in rows(obj)], _below(field.source, once.needs))


class _Once:
    """Represents each related object one time a batch."""

    def __init__(self, serializer: Any, workshop: Workshop) -> None:
        renderer = workshop.nested(serializer)
        self.token = type(serializer)
        self.needs = renderer.needs
        self._memo = workshop.memo
        self._render: Get = renderer if renders_plainly(serializer) else serializer.to_representation

    def __call__(self, obj: Any) -> Any:
        key = (self.token, obj.pk)
        if key not in self._memo:
            self._memo[key] = self._render(obj)
        return self._memo[key]


def _brief(field: Any, workshop: Workshop) -> Step | None:
    found, model = relation(field.parent.Meta.model, field.source), field._related_model
    if not is_keyed(found) or model is None:
        return None
    attname, one = found.attname, _brief_of(field, model, workshop)
    if one is None:
        return None

    def brief(obj: Any) -> Any:
        pk = getattr(obj, attname)
        return None if pk is None else one(pk)

    return Step(brief)


def _brief_list(field: Any, workshop: Workshop) -> Step | None:
    model, related = field.parent.Meta.model, field.child_relation._related_model
    if many_key(model, field.source) is None or related is None:
        return None
    rows, one = many_rows(model, field.source), _brief_of(field.child_relation, related, workshop)
    return None if one is None else Step(lambda obj: [one(row.pk) for row in rows(obj)], (field.source,))


def _brief_of(field: Any, model: type[Model], workshop: Workshop) -> Get | None:
    url = workshop.url(field.view_name, model) if field.lookup_field == field.lookup_url_kwarg == "pk" else None
    if url is None:
        return None
    memo, label = workshop.memo, model._meta.label_lower

    def brief(pk: Any) -> Any:
        key = (field.view_name, pk)
        if key not in memo:
            memo[key] = {"id": as_text(pk), "object_type": label, "url": url(pk)}
        return memo[key]

    return brief


def _column_value(field: Any, workshop: Workshop) -> Step:
    name, represent = field.source, field.to_representation

    def value(obj: Any) -> Any:
        found = getattr(obj, name)
        return None if found is None else represent(found)

    return Step(value)


def _annotation(field: Any, workshop: Workshop) -> Step:
    """A value that only some querysets carry (counts of related objects): left out where it is absent."""
    name, represent = field.source, field.to_representation

    def value(obj: Any) -> Any:
        found = getattr(obj, name, MISSING)
        if found is MISSING:
            return SKIP
        return None if found is None else represent(found)

    return Step(value)


def _method(field: Any, workshop: Workshop) -> Step:
    model, name = field.parent.Meta.model, field.method_name
    return Step(getattr(field.parent, name), _relations(model, METHOD_NEEDS.get(name, ())))


def _as_the_field_does(field: Any) -> Step:
    def value(obj: Any) -> Any:
        try:
            found = field.get_attribute(obj)
        except SkipField:
            return SKIP
        if (found.pk if isinstance(found, PKOnlyObject) else found) is None:
            return None
        return field.to_representation(found)

    name = field.source.split(".")[0]
    return Step(value, _relations(field.parent.Meta.model, (name,)))


_PEERS = tuple(f"cable_termination__cable__terminations__{name}" for name in TERMINATION_FK_FIELDS)

METHOD_NEEDS = {
    "get_cable": ("cable_termination__cable",),
    "get_cable_peer": ("cable_termination__cable__cable_type", *_PEERS),
    "get_cable_peer_type": ("cable_termination__cable__cable_type", *_PEERS),
    "get_connected_endpoint": ("cable_paths__destination",),
    "get_connected_endpoint_type": ("cable_paths__destination",),
    "get_connected_endpoint_reachable": ("cable_paths",),
}
"""What the method fields of Nautobot's cable terminations read."""

STEPS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Workshop], Step | None]], ...] = (
    (lambda f: _calls(f, BaseModelSerializer, "get_display"), _display),
    (lambda f: _calls(f, BaseModelSerializer, "get_natural_slug"), _natural_slug),
    (lambda f: _calls(f, NotesSerializerMixin, "get_notes_url"), _notes_url),
    (lambda f: _is(f, serializers.SerializerMethodField), _method),
    (lambda f: _is(f, serializers.HyperlinkedIdentityField, "get_url"), _identity_url),
    (lambda f: _is(f, ObjectTypeField), _object_type),
    (lambda f: _is(f, CustomFieldsDataField), _custom_fields),
    (lambda f: isinstance(f, serializers.Serializer), _expanded),
    (lambda f: _is(f, serializers.ListSerializer) and isinstance(f.child, serializers.Serializer), _expanded_list),
    (lambda f: _is(f, NautobotHyperlinkedRelatedField, "get_url"), _brief),
    (
        lambda f: _is(f, ManyRelatedField) and _is(f.child_relation, NautobotHyperlinkedRelatedField, "get_url"),
        _brief_list,
    ),
    (lambda f: _is_column(f) and type(f).get_attribute is serializers.Field.get_attribute, _column_value),
    (lambda f: _is_annotation(f) and type(f).get_attribute is serializers.Field.get_attribute, _annotation),
)
"""Tried in this order; a maker may still decline, and then the next one is tried."""


def _is_column(field: Any) -> bool:
    found = model_field(field.parent.Meta.model, field.source)
    return isinstance(found, Field) and found.concrete and not found.is_relation


def _is_annotation(field: Any) -> bool:
    optional = field.default is empty and not field.allow_null and not field.required
    return optional and field.source.isidentifier() and not hasattr(field.parent.Meta.model, field.source)


def _relations(model: type[Model], paths: Iterable[str]) -> tuple[str, ...]:
    """Keep the paths that start with a relation of the model: only these can be prefetched."""
    return tuple(path for path in paths if relation(model, path.split("__")[0]) is not None)


def _below(name: str, paths: Iterable[str]) -> tuple[str, ...]:
    return (name, *(f"{name}__{path}" for path in paths))
