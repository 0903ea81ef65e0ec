"""Buttons that lead to the Jobs around guests, filled in: create one here, move this one, decommission it."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.ui import Button
from nautobot.apps.views import get_obj_from_context

from ..models import Claim, System
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
        return {"system": systems[0].pk} if len(systems) == 1 else None


class CreateOnNetworkButton(GuestJobButton):
    """A new guest on this network."""

    def values(self, context: Context) -> dict[str, Any] | None:
        """Return the network, while addresses are given out of it."""
        profile = get_obj_from_context(context)
        return {"network": profile.pk} if profile.enabled else None


def claimants(context: Context) -> list[System]:
    """Return the enabled Systems that claim the object of the page and can make and remove guests."""
    claims: list[Claim] = claims_on(context["request"], get_obj_from_context(context))
    found = {claim.system.pk: claim.system for claim in claims if claim.system.enabled and not claim.retired}
    return [system for system in found.values() if system.system_kind.provisioner is not None]
