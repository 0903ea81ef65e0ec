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

The last line is what keeps the result right for fields this app has never heard of.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Field, ForeignKey, Model
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import is_protected_type
from nautobot.core.api.exceptions import SerializerNotFound
from nautobot.core.api.utils import get_serializer_for_model
from nautobot.core.models.utils import is_taggable, serialize_object_v2

from .relations import is_reverse_one, many_key, many_rows
from .serialise_fields import SKIP, Get, as_text, renders_plainly, step_of

CONTEXT = {"request": None, "depth": 1, "exclude_m2m": False}
"""The context Nautobot gives its serialisers when it writes the change log."""


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
            self.data_v2 = renderer if renders_plainly(serializer) else serialize_object_v2
        self.needs = tuple(dict.fromkeys(needs))
        tops = dict.fromkeys(path.split("__")[0] for path in self.needs)
        self.many = {name: key for name in tops if (key := many_key(model, name)) is not None}
        self.reverse_one = tuple(name for name in tops if is_reverse_one(model, name))


class Renderer:
    """What a serialiser would write for an object, as a flat list of steps."""

    def __init__(self, serializer: Any, workshop: Workshop) -> None:
        steps = [(field.field_name, step_of(field, workshop)) for field in serializer._readable_fields]
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
        self._many = [(f.name, many_rows(model, f.name)) for f in own if not f.name.startswith("_")]
        self._tags = many_rows(model, "tags") if is_taggable(model) else None
        self._has_custom_fields = hasattr(model, "_custom_field_data")
        self.needs = tuple(name for name, _ in self._many) + (("tags",) if self._tags else ())

    def __call__(self, obj: Any) -> dict[str, Any]:
        """Return the columns, own many-to-many keys, custom fields and names of tags of `obj`."""
        data = {name: get(obj) for name, get in self._columns}
        for name, rows in self._many:
            data[name] = [as_text(row.pk) for row in rows(obj)]
        if self._has_custom_fields:
            data["custom_fields"] = dict(obj._custom_field_data)
        if self._tags is not None:
            data["tags"] = [tag.name for tag in getattr(obj, "_tags", None) or self._tags(obj)]
        return data


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


def _url_of(view_name: str, model: type[Model]) -> Get | None:
    probe: Any = UUID(int=0x5EED << 96) if model._meta.pk.get_internal_type() == "UUIDField" else 2147483629
    try:
        parts = reverse(view_name, kwargs={"pk": probe}).split(str(probe))
    except NoReverseMatch:
        return None
    return (lambda pk: f"{parts[0]}{pk}{parts[1]}") if len(parts) == 2 else None
