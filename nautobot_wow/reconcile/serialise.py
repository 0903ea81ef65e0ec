"""What Nautobot's change log says of an object, compiled once per model.

Nautobot renders every object twice for its change log: `object_data_v2` comes from its REST serialiser at depth 1,
`object_data` from Django's serialiser. Both decide the same things anew for each object. Here those decisions are taken
once per model, from the very serialiser classes Nautobot would use, and kept as a flat list of steps:

    serializer field                          step
    ─────────────────────────────────────     ──────────────────────────────────────────────────────────────
    value of a column                         read it, let the field represent it
    related object, expanded (depth 1)        represented once per batch and object, by its primary key
    related object, brief (depth 0)           {id, object_type, url} from the foreign key column alone
    several related objects                   the same two, over the prefetched rows
    display, natural_slug, url, notes_url     from the object, without URL resolving
    anything else                             the field's own get_attribute() and to_representation()

The last line is what keeps the result right for fields this module has never heard of.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, ManyToManyRel, ManyToOneRel, Model
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import is_protected_type
from nautobot.core.api.exceptions import SerializerNotFound
from nautobot.core.api.fields import NautobotHyperlinkedRelatedField
from nautobot.core.api.serializers import BaseModelSerializer, NotesSerializerMixin
from nautobot.core.api.utils import get_serializer_for_model
from nautobot.core.models import BaseModel
from nautobot.core.models.utils import construct_natural_slug, is_taggable, serialize_object_v2
from nautobot.core.utils.lookup import get_route_for_model
from nautobot.dcim.models.cables import TERMINATION_FK_FIELDS
from nautobot.extras.api.customfields import CustomFieldsDataField
from nautobot.extras.api.mixins import TaggedModelSerializerMixin
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.relations import ManyRelatedField, PKOnlyObject

Get = Callable[[Any], Any]

SKIP = object()
"""What a step returns when the serialiser would leave the key out."""

CONTEXT = {"request": None, "depth": 1, "exclude_m2m": False}
"""The context Nautobot gives its serialisers when it writes the change log."""

MISSING = object()


@dataclass(frozen=True)
class Step:
    """How one key of the result is made, and the relations (prefetch paths) it reads."""

    get: Get
    needs: tuple[str, ...] = ()


class Workshop:
    """Compiles models, and remembers what is shared: renderers, URLs and the related objects of the current batch.

    Related objects are remembered until `forget()`: call it whenever objects may have changed.
    """

    def __init__(self) -> None:
        self.memo: dict[Any, Any] = {}
        self._rendered: dict[type[Model], Rendered] = {}
        self._nested: dict[type, Renderer] = {}
        self._urls: dict[Any, Get | None] = {}

    def forget(self) -> None:
        """Forget the related objects seen so far; what was compiled stays."""
        self.memo.clear()

    def model(self, model: type[Model]) -> Rendered:
        """Return the compiled form of a model."""
        if model not in self._rendered:
            self._rendered[model] = Rendered(model, self)
        return self._rendered[model]

    def nested(self, serializer: Any) -> Renderer:
        """Return the renderer of a nested serialiser; all fields with the same class share it."""
        kind = type(serializer)
        if kind not in self._nested:
            self._nested[kind] = Renderer(serializer, self)
        return self._nested[kind]

    def url(self, view_name: str, model: type[Model]) -> Get | None:
        """Return a function from primary key to URL, or None when the view has no such plain URL."""
        key = (view_name, model)
        if key not in self._urls:
            self._urls[key] = _url_of(view_name, model)
        return self._urls[key]


class Rendered:
    """One model: `data_v2` and `data` of its objects, and what must be loaded for that to need no query."""

    def __init__(self, model: type[Model], workshop: Workshop) -> None:
        legacy = Legacy(model)
        self.model = model
        self.data: Get = legacy
        self.data_v2: Get
        needs = list(legacy.needs)
        try:
            serializer = get_serializer_for_model(model)(context=CONTEXT)
        except SerializerNotFound:
            self.data_v2 = legacy
        else:
            renderer = Renderer(serializer, workshop)
            needs += renderer.needs
            self.data_v2 = renderer if _renders_plainly(serializer) else serialize_object_v2
        self.needs = tuple(dict.fromkeys(needs))
        tops = dict.fromkeys(path.split("__")[0] for path in self.needs)
        self.many = tuple(name for name in tops if _many_key(model, name) is not None)
        self.reverse_one = tuple(name for name in tops if _is_reverse_one(model, name))


class Renderer:
    """What a serialiser would write for an object, as a flat list of steps."""

    def __init__(self, serializer: Any, workshop: Workshop) -> None:
        steps = [(field.field_name, _step(field, workshop)) for field in serializer._readable_fields]
        self._steps = [(name, step.get) for name, step in steps]
        self.needs = tuple(dict.fromkeys(path for _, step in steps for path in step.needs))

    def __call__(self, obj: Any) -> dict[str, Any]:
        """Return what the serialiser would write for `obj`."""
        data = {}
        for name, get in self._steps:
            value = get(obj)
            if value is not SKIP:
                data[name] = value
        return data


class Legacy:
    """What `nautobot.core.models.utils.serialize_object()` returns, before JSON."""

    def __init__(self, model: type[Model]) -> None:
        meta = model._meta.concrete_model._meta
        columns = [f for f in meta.local_fields if f.serialize]
        self._columns = [(f.name, _column(f)) for f in columns if not f.name.startswith("_")]
        own = [f for f in meta.local_many_to_many if f.serialize and f.remote_field.through._meta.auto_created]
        self._many = [(f.name, _many_rows(model, f.name)) for f in own if not f.name.startswith("_")]
        self._tags = _many_rows(model, "tags") if is_taggable(model) else None
        self._has_custom_fields = hasattr(model, "_custom_field_data")
        self.needs = tuple(name for name, _ in self._many) + (("tags",) if self._tags else ())

    def __call__(self, obj: Any) -> dict[str, Any]:
        """Return the columns, own many-to-many keys, custom fields and names of tags of `obj`."""
        data = {name: get(obj) for name, get in self._columns}
        for name, rows in self._many:
            data[name] = [_text(row.pk) for row in rows(obj)]
        if self._has_custom_fields:
            data["custom_fields"] = obj._custom_field_data
        if self._tags is not None:
            data["tags"] = [tag.name for tag in getattr(obj, "_tags", None) or self._tags(obj)]
        return data


# ------------------------------------------------------------------------------------------------ one step per field


def _step(field: Any, workshop: Workshop) -> Step:
    for applies, make in STEPS:
        if applies(field):
            step = make(field, workshop)
            if step is not None:
                return step
    return _as_the_field_does(field)


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
    relation = _relation(field)
    if relation is None:
        return None
    name, memo, once = relation.name, workshop.memo, _Once(field, workshop)

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
    if isinstance(relation, ForeignKey) and relation.target_field.primary_key:
        attname = relation.attname
        return Step(by_column, needs)
    return Step(by_accessor, needs) if _is_reverse_one(field.parent.Meta.model, name) else None


def _expanded_list(field: Any, workshop: Workshop) -> Step | None:
    if _many_key(field.parent.Meta.model, field.source) is None:
        return None
    once, rows = _Once(field.child, workshop), _many_rows(field.parent.Meta.model, field.source)
    return Step(lambda obj: [once(row) for row in rows(obj)], _below(field.source, once.needs))


class _Once:
    """Represents each related object one time a batch."""

    def __init__(self, serializer: Any, workshop: Workshop) -> None:
        renderer = workshop.nested(serializer)
        self.token = type(serializer)
        self.needs = renderer.needs
        self._memo = workshop.memo
        self._render: Get = renderer if _renders_plainly(serializer) else serializer.to_representation

    def __call__(self, obj: Any) -> Any:
        key = (self.token, obj.pk)
        if key not in self._memo:
            self._memo[key] = self._render(obj)
        return self._memo[key]


def _brief(field: Any, workshop: Workshop) -> Step | None:
    relation, model = _relation(field), field._related_model
    if not isinstance(relation, ForeignKey) or not relation.target_field.primary_key or model is None:
        return None
    attname, one = relation.attname, _brief_of(field, model, workshop)
    if one is None:
        return None

    def brief(obj: Any) -> Any:
        pk = getattr(obj, attname)
        return None if pk is None else one(pk)

    return Step(brief)


def _brief_list(field: Any, workshop: Workshop) -> Step | None:
    model, related = field.parent.Meta.model, field.child_relation._related_model
    if _many_key(model, field.source) is None or related is None:
        return None
    rows, one = _many_rows(model, field.source), _brief_of(field.child_relation, related, workshop)
    return None if one is None else Step(lambda obj: [one(row.pk) for row in rows(obj)], (field.source,))


def _brief_of(field: Any, model: type[Model], workshop: Workshop) -> Get | None:
    url = workshop.url(field.view_name, model) if field.lookup_field == field.lookup_url_kwarg == "pk" else None
    if url is None:
        return None
    memo, label = workshop.memo, model._meta.label_lower

    def brief(pk: Any) -> Any:
        key = (field.view_name, pk)
        if key not in memo:
            memo[key] = {"id": _text(pk), "object_type": label, "url": url(pk)}
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
    (lambda f: f.field_name == "object_type" and f.source == "*", _object_type),
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


# ------------------------------------------------------------------------------------------- questions about models


def _model_field(model: type[Model], name: str) -> Any:
    """Return the field or relation behind an attribute, or None."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((rel for rel in model._meta.related_objects if rel.get_accessor_name() == name), None)


def _relation(field: Any) -> Any:
    found = _model_field(field.parent.Meta.model, field.source)
    return found if found is not None and found.is_relation else None


def _is_column(field: Any) -> bool:
    found = _model_field(field.parent.Meta.model, field.source)
    return isinstance(found, Field) and found.concrete and not found.is_relation


def _is_annotation(field: Any) -> bool:
    optional = field.default is empty and not field.allow_null and not field.required
    return optional and field.source.isidentifier() and not hasattr(field.parent.Meta.model, field.source)


def _is_reverse_one(model: type[Model], name: str) -> bool:
    found = _model_field(model, name)
    return bool(found is not None and found.one_to_one and found.auto_created and not found.concrete)


def _many_key(model: type[Model], name: str) -> str | None:
    """Return the name under which Django keeps the prefetched rows of a to-many relation; None if it is not one."""
    found = _model_field(model, name)
    if found is None or not (found.many_to_many or found.one_to_many):
        return None
    if isinstance(found, ManyToManyRel):
        return found.field.related_query_name()
    return found.get_accessor_name() if isinstance(found, ManyToOneRel) else found.name


def _many_rows(model: type[Model], name: str) -> Callable[[Any], Iterable[Any]]:
    key = _many_key(model, name)

    def rows(obj: Any) -> Iterable[Any]:
        prefetched = obj.__dict__.get("_prefetched_objects_cache")
        if prefetched is not None and key in prefetched:
            return prefetched[key]
        return getattr(obj, name).all()

    return rows


def prefetched_rows(model: type[Model], name: str, rows: tuple[Any, ...]) -> tuple[str | None, Any]:
    """Return under which key an object keeps these rows of a to-many side, and a query set that holds them already."""
    key, rel = _far_side(model, name)
    if not rows:
        return key, _empty(rel)
    held = _empty(rel)._chain()
    held._result_cache, held._prefetch_done = list(rows), True
    return key, held


@functools.cache
def _far_side(model: type[Model], name: str) -> tuple[str | None, type[Model]]:
    return _many_key(model, name), _model_field(model, name).related_model


@functools.cache
def _empty(model: type[Model]) -> Any:
    """One query set without rows, shared by all who have none."""
    rows = model._default_manager.none()
    rows._result_cache, rows._prefetch_done = [], True
    return rows


def _relations(model: type[Model], paths: Iterable[str]) -> tuple[str, ...]:
    """Keep the paths that start with a relation of the model: only these can be prefetched."""
    found = {path: _model_field(model, path.split("__")[0]) for path in paths}
    return tuple(path for path, field in found.items() if field is not None and field.is_relation)


def _below(name: str, paths: Iterable[str]) -> tuple[str, ...]:
    return (name, *(f"{name}__{path}" for path in paths))


def _renders_plainly(serializer: Any) -> bool:
    """Tell whether a serialiser writes its fields and nothing else when there is no request."""
    known = (BaseModelSerializer, TaggedModelSerializerMixin, *serializers.HyperlinkedModelSerializer.__mro__)
    kind = type(serializer)
    overrides = [c for c in kind.__mro__ if "to_representation" in vars(c) and c not in known]
    return not overrides and kind.data is serializers.Serializer.data


def _text(pk: Any) -> Any:
    """Return a key as JSON will show it; said once here, it need not be said for every row."""
    return str(pk) if isinstance(pk, UUID) else pk


def _url_of(view_name: str, model: type[Model]) -> Get | None:
    probe: Any = UUID(int=0x5EED << 96) if model._meta.pk.get_internal_type() == "UUIDField" else 2147483629
    try:
        parts = reverse(view_name, kwargs={"pk": probe}).split(str(probe))
    except NoReverseMatch:
        return None
    return (lambda pk: f"{parts[0]}{pk}{parts[1]}") if len(parts) == 2 else None


def _column(field: Any) -> Get:
    """Django's `_value_from_field`, without the detour where the value is text already."""
    plain = type(field).value_to_string in (Field.value_to_string, ForeignKey.value_to_string)
    plain = plain and type(field).value_from_object is Field.value_from_object
    attname = field.attname

    def text_or_number(obj: Any) -> Any:
        value = getattr(obj, attname)
        return value if type(value) is str or is_protected_type(value) else str(value)

    def by_field(obj: Any) -> Any:
        value = field.value_from_object(obj)
        return value if is_protected_type(value) else field.value_to_string(obj)

    return text_or_number if plain else by_field
