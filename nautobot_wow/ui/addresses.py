"""Panels about addresses: how full a profile is, what was given out of a prefix, why an address is or is not free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from nautobot.apps.ui import Button, ObjectsTablePanel, Panel
from nautobot.apps.views import get_obj_from_context
from nautobot.ipam.models import Prefix

from ..choices import AllocationState
from ..ipam import usage
from ..ipam.explain import explain
from ..models import Allocation, NetworkProfile
from .start import ALLOCATE_JOB, may_run
from .text import ago_or_nothing

COLORS = {
    usage.USED: ("primary", "in Nautobot"),
    usage.HELD: ("info", "held"),
    usage.RESTING: ("warning", "resting"),
    usage.SEEN: ("danger", "seen, not written down"),
    usage.CLOSED: ("secondary", "closed"),
    usage.FREE: ("success", "free"),
}
SHOWN_PROFILES = 10
THINNEST = 0.5
"""Of what is there at all, this much of the bar is shown, in per cent: one address of a large range is seen, too."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One colour of a bar."""

    color: str
    label: str
    count: int
    percent: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One stretch as a bar; `profile` is named where there are several."""

    label: str
    size: int
    free: int
    parts: list[Part]
    profile: NetworkProfile


class UsagePanel(Panel):
    """How full the profile's ranges are, one bar each."""

    body_content_template_path = "nautobot_wow/usage.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the bars."""
        profile = get_obj_from_context(context)
        prefixes = (prefix for prefix in (profile.prefix, profile.prefix6) if prefix is not None)
        bars = [bar for prefix in prefixes for bar in bars_of(profile, prefix)]
        return {**super().get_extra_context(context), "bars": bars, "several": False}


class GivenOutPanel(Panel):
    """How full the profiles are that give addresses out of the prefix."""

    body_content_template_path = "nautobot_wow/usage.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether any profile that the reader may see gives out of it."""
        return super().should_render(context) and self._profiles(context).exists()

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the bars."""
        prefix, profiles = get_obj_from_context(context), self._profiles(context)[:SHOWN_PROFILES]
        bars = [bar for profile in profiles for bar in bars_of(profile, prefix)]
        return {**super().get_extra_context(context), "bars": bars, "several": True}

    def _profiles(self, context: Context) -> QuerySet[NetworkProfile]:
        profiles = NetworkProfile.objects.restrict(context["request"].user, "view")
        return profiles.filter(_gives_out_of(get_obj_from_context(context)))


class AllocationsOfPrefixPanel(ObjectsTablePanel):
    """The allocations out of the prefix that stand in the way of others."""

    def should_render(self, context: Context) -> bool:
        """Tell whether any profile gives out of it."""
        prefix = get_obj_from_context(context)
        return super().should_render(context) and NetworkProfile.objects.filter(_gives_out_of(prefix)).exists()

    def get_table_data_queryset(self, instance: Prefix, request: Any) -> QuerySet[Allocation]:
        """Return what is held, used or at rest."""
        here = {"namespace": instance.namespace_id, "ip_version": instance.ip_version}
        rows = Allocation.objects.filter(**here, host__gte=instance.network, host__lte=instance.broadcast)
        return rows.exclude(state=AllocationState.RETURNED)


class StandingAllocationsPanel(ObjectsTablePanel):
    """What is held of a profile, or at rest; what is used is in the list of all."""

    def get_table_data_queryset(self, instance: NetworkProfile, request: Any) -> QuerySet[Allocation]:
        """Return what is held or at rest."""
        return Allocation.objects.filter(profile=instance, state__in=(AllocationState.HELD, AllocationState.RESTING))


class WhyPanel(Panel):
    """Everything that is known of an address, and why each profile would not give it out."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/why.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the facts that the reader may see."""
        address, user = get_obj_from_context(context), context["request"].user
        known = explain(address.host, address.parent.namespace, timezone.now(), user=user)
        return {
            **super().get_extra_context(context),
            "facts": [(fact.source, fact.says, ago_or_nothing(fact.at), fact.url) for fact in known.facts],
            "profiles": sorted(known.profiles.items()),
        }


class AllocateButton(Button):
    """Opens the Job that gives an address out, for the profile of the page; only for who may, while it is enabled."""

    def should_render(self, context: Context) -> bool:
        """Tell whether an address would be given, to this user."""
        profile, user = get_obj_from_context(context), context["request"].user
        if not super().should_render(context) or not profile.enabled or not may_run(user, ALLOCATE_JOB):
            return False
        return bool(NetworkProfile.objects.restrict(user, "allocate").filter(pk=profile.pk).exists())

    def get_link(self, context: Context) -> str:
        """Return the run page of the Job, filled in."""
        page = reverse("extras:job_run_by_class_path", kwargs={"class_path": ALLOCATE_JOB})
        return f"{page}?{urlencode({'network_profile': get_obj_from_context(context).pk})}"


def bars_of(profile: NetworkProfile, prefix: Prefix) -> list[Bar]:
    """Return a bar for each stretch that the profile gives out of the prefix."""
    return [_bar(profile, one) for one in usage.usage_of(profile, prefix, timezone.now())]


def _bar(profile: NetworkProfile, one: usage.Usage) -> Bar:
    return Bar(
        label=f"{one.first} to {one.last}",
        size=one.size,
        free=one.counts[usage.FREE],
        parts=list(_parts(one)),
        profile=profile,
    )


def _parts(one: usage.Usage) -> Iterable[Part]:
    shares = {part: max(count * 100 / one.size, THINNEST) for part, count in one.counts.items() if count}
    whole = sum(shares.values())
    for part, share in shares.items():
        color, label = COLORS[part]
        yield Part(color=color, label=label, count=one.counts[part], percent=f"{share * 100 / whole:.2f}")


def _gives_out_of(prefix: Prefix) -> Q:
    return Q(prefix=prefix) | Q(prefix6=prefix)
