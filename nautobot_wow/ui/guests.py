"""Buttons that lead to the Jobs around guests, filled in: create one here, move this one, decommission it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.ui import Button, ObjectsTablePanel
from nautobot.apps.views import get_obj_from_context

from ..models import Claim, GuestRequest, NetworkProfile, System
from .claims import claims_on
from .start import may_run

CREATE_JOB = "nautobot_wow.jobs.provision.CreateGuest"
MOVE_JOB = "nautobot_wow.jobs.provision.MoveGuest"
DECOMMISSION_JOB = "nautobot_wow.jobs.provision.DecommissionGuest"


class GuestJobButton(Button):
    """Opens one of the Jobs around guests; shown to who may run it and has the permission it asks for."""

    class_path: str = CREATE_JOB
    permission: str = "nautobot_wow.provision_guestrequest"

    def should_render(self, context: Context) -> bool:
        """Tell whether the Job would do anything here, for this user."""
        user = context["request"].user
        if not super().should_render(context) or not user.has_perm(self.permission):
            return False
        return may_run(user, self.class_path) and self.values(context) is not None

    def get_link(self, context: Context) -> str:
        """Return the run page of the Job, filled in."""
        page = reverse("extras:job_run_by_class_path", kwargs={"class_path": self.class_path})
        return f"{page}?{urlencode(self.values(context) or {})}"

    def values(self, context: Context) -> dict[str, Any] | None:
        """Return what the form starts with; None where there is nothing to do."""
        return {"guest": get_obj_from_context(context).pk} if claimants(context) else None


class CreateOnClusterButton(GuestJobButton):
    """A new guest on this cluster."""

    def values(self, context: Context) -> dict[str, Any] | None:
        """Return the one System that this cluster is."""
        systems = claimants(context)
        if len(systems) != 1:
            return None
        return {"system": systems[0].pk, **default_network(context["request"].user)}


class CreateOnNetworkButton(GuestJobButton):
    """A new guest on this network."""

    def values(self, context: Context) -> dict[str, Any] | None:
        """Return the network, while addresses are given out of it."""
        profile = get_obj_from_context(context)
        return {"network": profile.pk, **only_system(context["request"].user)} if profile.enabled else None


class RequestsPanel(ObjectsTablePanel):
    """The guest requests about the object of the page, where there are any; `about` are the fields that name it."""

    about: tuple[str, ...] = ("guest",)

    def should_render(self, context: Context) -> bool:
        """Tell whether there is any request about it that the reader may see."""
        if not super().should_render(context):
            return False
        requests = GuestRequest.objects.restrict(context["request"].user, "view")
        subject = get_obj_from_context(context)
        return bool(requests.filter(reduce(or_, (Q(**{name: subject}) for name in self.about))).exists())


def only_system(user: Any) -> dict[str, Any]:
    """Return the System that guests can be made on, if there is just one, as a start for the form."""
    systems = System.objects.restrict(user, "view").filter(enabled=True)
    able = [system for system in systems if _can_make_guests(system)]
    return {"system": able[0].pk} if len(able) == 1 else {}


def _can_make_guests(system: System) -> bool:
    try:
        return system.system_kind.provisioner is not None
    except KeyError:  # its kind is not installed any more
        return False


def default_network(user: Any) -> dict[str, Any]:
    """Return the network that new guests get unless another one is chosen, as a start for the form."""
    profiles = NetworkProfile.objects.restrict(user, "allocate").filter(is_default=True, enabled=True)
    first = profiles.order_by("name").first()
    return {"network": first.pk} if first is not None else {}


def claimants(context: Context) -> list[System]:
    """Return the enabled Systems that claim the object of the page and can make and remove guests."""
    claims: list[Claim] = claims_on(context["request"], get_obj_from_context(context))
    found = {claim.system.pk: claim.system for claim in claims if claim.system.enabled and not claim.retired}
    return [system for system in found.values() if _can_make_guests(system)]
