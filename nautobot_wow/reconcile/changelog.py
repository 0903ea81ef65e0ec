"""Nautobot's change log for objects that were written in bulk.

    log = ChangeLog.current()                         # inside a Job: its user and context, a change id of our own
    vm = log.with_empty_m2m(VirtualMachine(...), tags=[...])
    VirtualMachine.objects.bulk_create([vm, ...])
    log.add([vm, ...], "create")                      # rendered now, as it is now
    log.before_update(Interface, pks)                 # only costs something where somebody listens
    Interface.objects.bulk_update(...)
    log.add(log.fetch(Interface, pks), "update")
    log.add(log.fetch(IPAddress, pks), "delete")      # before the delete
    log.flush()                                       # inside the transaction of the changes
    ...                                               # commit
    log.dispatch()                                    # webhooks, job hooks, events

The rows equal those that `validated_save()` and `delete()` write, column by column. They carry a change id of their
own: Nautobot's pass at the end of a Job, which visits the rows of the Job's change id one by one, finds none of them.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from nautobot.core import events
from nautobot.core.celery import NautobotKombuJSONEncoder
from nautobot.dcim.models.device_components import ComponentModel, ModularComponentModel
from nautobot.extras.choices import ObjectChangeActionChoices, ObjectChangeEventContextChoices
from nautobot.extras.constants import CHANGELOG_MAX_CHANGE_CONTEXT_DETAIL, CHANGELOG_MAX_OBJECT_REPR
from nautobot.extras.models import ChangeLoggedModel, JobHook, ObjectChange, Webhook
from nautobot.extras.signals import change_context_state
from nautobot.extras.utils import get_change_logged_m2m_through_side_field_names
from nautobot.virtualization.models import VMInterface

from . import garbage
from .listeners import Before, Listeners, dispatch, find_listeners
from .relations import hold, load
from .serialise import Rendered, Workshop

CREATE = ObjectChangeActionChoices.ACTION_CREATE
UPDATE = ObjectChangeActionChoices.ACTION_UPDATE
DELETE = ObjectChangeActionChoices.ACTION_DELETE

BATCH = 2000
"""Rows in one INSERT, keys in one SELECT."""

M = TypeVar("M", bound=Model)


class ChangeLog:
    """The changes of one run under one change id. Not for use by several threads."""

    def __init__(self, user: Any, context: str, context_detail: str = "", change_id: uuid.UUID | None = None) -> None:
        """Log as `user` (None: nobody known). `context` is one of ObjectChangeEventContextChoices."""
        self.user = user
        self.context = context
        self.context_detail = context_detail[:CHANGELOG_MAX_CHANGE_CONTEXT_DETAIL]
        self.change_id = change_id or uuid.uuid4()
        self._workshop = Workshop()
        self._pending: dict[tuple[Any, ...], Any] = {}
        self._written: set[tuple[int, str]] = set()
        self._before: Before = {}

    @classmethod
    def current(cls) -> ChangeLog:
        """Return a log with the user and context of the running Job or request, and a change id of its own."""
        running = change_context_state.get()
        if running is None:
            raise LookupError("No change context is active; use ChangeLog.from_user() outside of Jobs and requests.")
        return cls(running.get_user(), running.context, running.context_detail)

    @classmethod
    def from_user(cls, user: Any, context_detail: str = "") -> ChangeLog:
        """Return a log for code that runs outside of Jobs and requests."""
        return cls(user, ObjectChangeEventContextChoices.CONTEXT_ORM, context_detail)

    # ------------------------------------------------------------------------------------------------------- logging

    def add(self, objects: Iterable[Model], action: str) -> int:
        """Render the objects as they are now and queue a row for each; return how many are change-logged.

        For "create" and "update" call it after the write, for "delete" before it. Nothing is queried for objects from
        `fetch()`, nor for new ones whose foreign keys were set to instances and whose to-many sides were told to
        `with_empty_m2m()`. An object added twice before `flush()` keeps one row with the newest data, as in Nautobot.
        Models without a change log (IPAddressToInterface, DeviceClusterAssignment, ...) are passed over:
        Nautobot logs an update of both sides instead, see `sides()`.
        """
        self._workshop.forget()
        count = 0
        with garbage.left_alone():
            for model, group in _by_model(objects):
                write = self._writer(model, action)
                for obj in group:
                    self._queue(model, obj, write(obj))
                count += len(group)
        self._workshop.forget()
        return count

    def flush(self) -> int:
        """Insert the queued rows; return how many. Call it inside the transaction of the changes."""
        rows = list(self._pending.values())
        with garbage.left_alone():
            ObjectChange.objects.bulk_create(rows, batch_size=BATCH)
        self._written.update((row.changed_object_type_id, row.action) for row in rows)
        self._pending.clear()
        return len(rows)

    @property
    def pending(self) -> int:
        """Rows that `flush()` would insert. They are large (about 10 kB): flush in slices."""
        return len(self._pending)

    def _writer(self, model: type[Model], action: str) -> Callable[[Any], Any]:
        """Return what makes the row of an object, or None where the object says that it is not logged."""
        owner = next(cls for cls in model.__mro__ if "to_objectchange" in vars(cls))
        if owner not in RELATED:
            return lambda obj: self._stock_row(obj, action)
        return self._compiled_row(self._workshop.model(model), action, RELATED[owner])

    def _compiled_row(self, rendered: Rendered, action: str, related_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
        common = {**self._common(), "action": action}
        content_type, data, data_v2 = ContentType.objects.get_for_model(rendered.model), rendered.data, rendered.data_v2

        def row(obj: Any) -> Any:
            related = related_of(obj)
            return ObjectChange(
                changed_object_type_id=content_type.pk,
                changed_object_id=obj.pk,
                object_repr=str(obj)[:CHANGELOG_MAX_OBJECT_REPR],
                object_data=data(obj),
                object_data_v2=data_v2(obj),
                related_object_type_id=related and ContentType.objects.get_for_model(related).pk,
                related_object_id=related and related.pk,
                **common,
            )

        return row

    def _stock_row(self, obj: Any, action: str) -> Any:
        """For models that make their row in a way of their own."""
        row = obj.to_objectchange(action)
        for name, value in self._common().items() if row is not None else ():
            setattr(row, name, value)
        return row

    def _common(self) -> dict[str, Any]:
        return {
            "user_id": self.user and self.user.pk,
            "user_name": self.user.username if self.user else "Undefined",
            "request_id": self.change_id,
            "change_context": self.context,
            "change_context_detail": self.context_detail,
        }

    def _queue(self, model: type[Model], obj: Any, row: Any) -> None:
        """One row an object; only what was created and then deleted has two. (Nautobot's rule.)"""
        if row is None:
            return
        key: tuple[Any, ...] = (model, obj.pk)
        earlier = self._pending.get(key)
        if earlier is not None and earlier.action == CREATE:
            if row.action == DELETE:
                key = (*key, DELETE)
            else:
                row.action = CREATE
        elif earlier is not None and earlier.action == DELETE:
            row.action = DELETE if row.action == DELETE else UPDATE
        self._pending[key] = row

    # ------------------------------------------------------------------------------------- objects ready for rendering

    def preload(self, model: type[Model]) -> tuple[str, ...]:
        """Return the `prefetch_related()` paths with which rendering any number of objects needs no query."""
        return self._workshop.model(model).needs

    def fetch(self, model: type[M], pks: Iterable[Any]) -> list[M]:
        """Return the objects that exist, in the order of `pks`, with all loaded that rendering reads."""
        keys = list(pks)
        found: dict[Any, M] = {}
        for start in range(0, len(keys), BATCH):
            rows = model.objects.filter(pk__in=keys[start : start + BATCH]).order_by()
            found.update((row.pk, row) for row in rows)
        return self.complete([found[key] for key in keys if key in found])

    def complete(self, objects: list[M]) -> list[M]:
        """Load what rendering reads of objects of one model and what they do not hold yet; return them."""
        if objects:
            load(objects, self.preload(type(objects[0])))
        return objects

    def with_empty_m2m(self, obj: M, **known: Iterable[Any]) -> M:
        """Say what the to-many sides of a new object hold (`tags=[...]`), all others being empty; return the object.

        For objects that were just built: without it, each empty side is asked of the database. The rows stay in the
        given order, which should be the one the database would use (`ordering` of the related model).
        """
        rendered = self._workshop.model(type(obj))
        unknown = known.keys() - rendered.many.keys()
        if unknown:
            raise ValueError(f"{type(obj).__name__} has no to-many side {', '.join(sorted(unknown))}")
        for name, key in rendered.many.items():
            hold(obj, name, key, known.get(name, ()))
        for name in rendered.reverse_one:
            obj._state.fields_cache.setdefault(name, None)
        return obj

    @staticmethod
    def sides(links: Iterable[Model]) -> dict[type[Model], set[Any]]:
        """Return the objects, as keys by model, that Nautobot logs as updated when these link rows come or go."""
        fields = get_change_logged_m2m_through_side_field_names()
        touched: dict[type[Model], set[Any]] = defaultdict(set)
        for link in links:
            for name in fields.get(type(link), ()):
                side = type(link)._meta.get_field(name)
                pk = getattr(link, side.attname)
                if pk is not None and hasattr(side.related_model, "to_objectchange"):
                    touched[side.related_model].add(pk)
        return dict(touched)

    # ------------------------------------------------------------------------------------------------------ listeners

    def listeners(self, models: Iterable[type[Model]], actions: Iterable[str] = (CREATE, UPDATE, DELETE)) -> Listeners:
        """Look up who wants to hear of such changes (false: nobody)."""
        wanted = list(actions)
        types = [ContentType.objects.get_for_model(model).pk for model in models]
        return find_listeners([(pk, action) for pk in types for action in wanted], self.context)

    def anyone_listening(
        self, models: Iterable[type[Model]], actions: Iterable[str] = (CREATE, UPDATE, DELETE)
    ) -> bool:
        """Tell whether a webhook, job hook or event broker wants to hear of such changes."""
        return bool(self.listeners(models, actions))

    @functools.cached_property
    def _heard(self) -> bool:
        """Whether anyone listens to anything at all."""
        hooks = (Webhook, JobHook)
        return bool(events._EVENT_BROKERS) or any(hook.objects.filter(enabled=True).exists() for hook in hooks)

    def before_update(self, model: type[Model], pks: Iterable[Any]) -> int:
        """Note how objects look that have no change log yet, for those who want to hear what changed.

        Nautobot shows the newest change before as the state before; only where there is none, this is used. Does
        nothing when nobody listens. Returns how many objects were noted.
        """
        if not self._heard or not self.anyone_listening([model], [UPDATE]):
            return 0
        keys = list(pks)
        logged = set(
            ObjectChange.objects.filter(changed_object_id__in=keys).values_list("changed_object_id", flat=True)
        )
        rendered = self._workshop.model(model)
        self._workshop.forget()
        objects = self.fetch(model, [key for key in keys if key not in logged])
        for obj in objects:
            plain = _through_json(rendered.data(obj), DjangoJSONEncoder)
            plain_v2 = _through_json(rendered.data_v2(obj), NautobotKombuJSONEncoder)
            self._before.setdefault(str(obj.pk), (plain, plain_v2))
        return len(objects)

    def dispatch(self) -> int:
        """Tell webhooks, job hooks and event brokers of what was flushed; return of how many changes.

        Call it once, after the commit: receivers look the objects up. Costs two or three queries when nobody listens.
        """
        listeners = find_listeners(self._written, self.context)
        self._written.clear()
        return dispatch(self.change_id, listeners, self._before) if listeners else 0


def _through_json(data: Any, encoder: type[json.JSONEncoder]) -> Any:
    """Return data as it comes back from the database: a UUID that equals its text is no difference."""
    return json.loads(json.dumps(data, cls=encoder))


def _by_model(objects: Iterable[Model]) -> list[tuple[type[Model], list[Model]]]:
    groups: dict[type[Model], list[Model]] = defaultdict(list)
    for obj in objects:
        groups[type(obj)].append(obj)
    return [(model, group) for model, group in groups.items() if hasattr(model, "to_objectchange")]


# ------------------------------------------------------------------------------------------------- the related object


def _attribute(name: str) -> Callable[[Any], Any]:
    def related(obj: Any) -> Any:
        try:
            return getattr(obj, name)
        except ObjectDoesNotExist:  # the parent is gone already
            return None

    return related


_device, _module = _attribute("device"), _attribute("module")

RELATED: dict[type, Callable[[Any], Any]] = {
    ChangeLoggedModel: lambda obj: None,
    ComponentModel: _device,
    ModularComponentModel: lambda obj: _module(obj) or _device(obj),
    VMInterface: _attribute("virtual_machine"),
}
"""The related object that `to_objectchange()` of these classes names; other classes are asked themselves."""
