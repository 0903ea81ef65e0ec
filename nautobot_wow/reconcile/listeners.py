"""Who wants to hear of changes (webhooks, job hooks, event brokers), and telling them what Nautobot would tell them.

Nautobot's own pass at the end of a request or Job asks the database anew for each change. Here the listeners are looked
up once; where nobody listens nothing is done, else the changes are read in slices together with the changes before
them, and handed to Nautobot's own functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, OuterRef, Q, Subquery, When
from nautobot.core import events
from nautobot.extras.choices import ObjectChangeActionChoices, ObjectChangeEventContextChoices
from nautobot.extras.jobs import enqueue_job_hooks
from nautobot.extras.models import JobHook, ObjectChange, Webhook
from nautobot.extras.webhooks import enqueue_webhooks

SLICE = 500
"""Changes read at a time: two queries each."""

ACTIONS = ("create", "update", "delete")

Change = tuple[int, str]
"""Primary key of a content type, and an action."""

Before = dict[str, tuple[Any, Any]]
"""`object_data` and `object_data_v2` of objects before the change, by primary key as text."""


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """Whoever listens to some kinds of changes."""

    webhooks: dict[Change, list[Any]] = field(default_factory=dict)
    job_hooks: dict[Change, list[Any]] = field(default_factory=dict)
    events: frozenset[Change] = frozenset()

    @property
    def changes(self) -> set[Change]:
        """The kinds of changes at least one of them wants."""
        return {*self.webhooks, *self.job_hooks, *self.events}

    def __bool__(self) -> bool:
        """Tell whether anyone listens."""
        return bool(self.changes)


def find_listeners(changes: Iterable[Change], context: str = "") -> Listeners:
    """Look up who listens to these changes, in a constant number of queries. Job hooks never trigger job hooks."""
    wanted = set(changes)
    if not wanted:
        return Listeners()
    hooked = context != ObjectChangeEventContextChoices.CONTEXT_JOB_HOOK
    return Listeners(
        webhooks=_by_change(Webhook.objects.all(), wanted),
        job_hooks=_by_change(JobHook.objects.select_related("job"), wanted) if hooked else {},
        events=frozenset(change for change in wanted if _is_published(*change)),
    )


def dispatch(change_id: UUID, listeners: Listeners, before: Before | None = None) -> int:
    """Tell the listeners of every change under this change id that they want, oldest first; return how many."""
    told, may_reload_jobs = 0, True
    for change in _changes(change_id, listeners.changes):
        kind = (change.changed_object_type_id, change.action)
        if hooks := listeners.job_hooks.get(kind):
            reloaded, _ = enqueue_job_hooks(change, may_reload_jobs=may_reload_jobs, jobhook_queryset=hooks)
            may_reload_jobs = may_reload_jobs and not reloaded
        snapshots = change.get_snapshots(*(before or {}).get(str(change.changed_object_id), (None, None)))
        if webhooks := listeners.webhooks.get(kind):
            enqueue_webhooks(change, snapshots=snapshots, webhook_queryset=webhooks)
        if kind in listeners.events:
            events.publish_event(topic=_topic(change), payload=_payload(change, snapshots))
        told += 1
    return told


def _by_change(hooks: Any, wanted: set[Change]) -> dict[Change, list[Any]]:
    found: dict[Change, list[Any]] = defaultdict(list)
    types = {content_type for content_type, _ in wanted}
    hooks = hooks.filter(enabled=True, content_types__in=types).distinct().prefetch_related("content_types")
    for hook in hooks:
        for content_type in hook.content_types.all():
            for action in ACTIONS:
                change = (content_type.pk, action)
                if change in wanted and getattr(hook, f"type_{action}"):
                    found[change].append(hook)
    return dict(found)


def _is_published(content_type: int, action: str) -> bool:
    kind = ContentType.objects.get_for_id(content_type)
    topic = f"nautobot.{action}.{kind.app_label}.{kind.model}"
    return any(
        events.is_topic_match(topic, broker.include_topics) and not events.is_topic_match(topic, broker.exclude_topics)
        for broker in events._EVENT_BROKERS  # Nautobot has no public way to ask
    )


def _changes(change_id: UUID, kinds: set[Change]) -> Iterator[Any]:
    """Yield the wanted changes, each knowing the change before it without another query."""
    wanted = Q()
    for content_type, action in kinds:
        wanted |= Q(changed_object_type_id=content_type, action=action)
    mine = ObjectChange.objects.filter(wanted, request_id=change_id) if kinds else ObjectChange.objects.none()
    keys = list(mine.order_by("time").values_list("pk", flat=True))
    for start in range(0, len(keys), SLICE):
        yield from _slice(keys[start : start + SLICE])


def _slice(keys: list[Any]) -> list[Any]:
    changes = list(
        ObjectChange.objects.filter(pk__in=keys)
        .select_related("changed_object_type", "user")
        .annotate(prior_id=_prior_id())
        .order_by("time")
    )
    priors = ObjectChange.objects.only("object_data", "object_data_v2").in_bulk(
        [change.prior_id for change in changes if change.prior_id]
    )
    for change in changes:
        # get_snapshots() asks this for the change before: here it gets the one already read
        change.get_prev_change = _answer(priors.get(change.prior_id))
    return changes


def _prior_id() -> Case:
    """The change before, as the database sees it in one go; a created object has none that matters."""
    same_object = ObjectChange.objects.filter(
        changed_object_type_id=OuterRef("changed_object_type_id"),
        changed_object_id=OuterRef("changed_object_id"),
        time__lt=OuterRef("time"),
    )
    prior = Subquery(same_object.order_by("-time").values("pk")[:1])
    return Case(When(~Q(action=ObjectChangeActionChoices.ACTION_CREATE), then=prior), default=None)


def _answer(prior: Any) -> Any:
    return lambda **_only: prior


def _topic(change: Any) -> str:
    kind = change.changed_object_type
    return f"nautobot.{change.action}.{kind.app_label}.{kind.model}"


def _payload(change: Any, snapshots: dict[str, Any]) -> dict[str, Any]:
    return {
        **snapshots,
        "context": {
            "change_context": change.get_change_context_display(),
            "change_context_detail": change.change_context_detail,
            "request_id": str(change.request_id),
            "user_name": change.user_name,
            "timestamp": str(change.time),
        },
    }
