"""Buttons that lead to our Jobs: to their run page, filled in, or by POST straight to what they found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.ui import Button, PostButton
from nautobot.apps.views import get_obj_from_context

from ..models import System
from .start import SYNC_JOB, NotStarted, Started, job_of, may, may_run, why_not


def sync_url(system_pk: Any, **values: str) -> str:
    """Return the run page of the sync Job for one System; an empty value leaves a checkbox off."""
    return run_url(SYNC_JOB, system_pk, **values)


def run_url(class_path: str, system_pk: Any, **values: str) -> str:
    """Return the run page of a Job for one System."""
    page = reverse("extras:job_run_by_class_path", kwargs={"class_path": class_path})
    return f"{page}?{urlencode({'system': system_pk, **values})}"


class SyncButton(Button):
    """Opens a Job that syncs the System of the page, as a dry run or not; only where the Job would not refuse it."""

    class_path: str = SYNC_JOB
    dryrun: bool = True

    def should_render(self, context: Context) -> bool:
        """Tell whether a sync would start, for this user."""
        return super().should_render(context) and not why_not(self.class_path, get_obj_from_context(context))

    def get_link(self, context: Context) -> str:
        """Return the run page; `dryrun` is empty for "off", which is how a checkbox reads a missing value."""
        return run_url(self.class_path, get_obj_from_context(context).pk, dryrun="True" if self.dryrun else "")


class StartButton(PostButton):
    """Starts a Job for the System of the page; not shown to who may not, nor where the Job would refuse."""

    class_path: str = ""
    action: str = "plan"

    def should_render(self, context: Context) -> bool:
        """Tell whether the Job would start, for this user."""
        if not super().should_render(context):
            return False
        user, system = context["request"].user, get_obj_from_context(context)
        is_fit = not why_not(self.class_path, system)
        return is_fit and may_run(user, self.class_path) and may(user, self.action, system.pk)


class ApplyButton(Button):
    """Leads to the page that asks whether to apply the Plan; only while it can be applied, by this user."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is something that can still be applied, by this user."""
        plan = get_obj_from_context(context)
        if not super().should_render(context) or not plan.approvable or not plan.totals:
            return False
        user = context["request"].user
        return may_run(user, job_of(plan)) and may(user, "apply", plan.system_id)


def lead_to(request: HttpRequest, started: Started) -> HttpResponse:
    """Go to what was started; say so where it waits for a worker or an approval."""
    if started.idle_queue:
        text = f"No worker listens to the queue {started.idle_queue}; the Job waits until one is started."
        messages.warning(request, text)
    if started.job_result is None:
        messages.success(request, f"{started.row} waits for its approval.")
    return redirect(started.row.get_absolute_url())


def refused(request: HttpRequest, reason: NotStarted, back_to: Any) -> HttpResponse:
    """Say why nothing was started, on the page that asked for it; a missing right is a refusal."""
    if reason.status == 403:
        raise PermissionDenied(str(reason)) from reason
    messages.error(request, str(reason))
    return redirect(back_to.get_absolute_url())


def only_url(user: Any, system: System, key: str) -> str | None:
    """Return the run page for one node or guest, as far as the user may go, or None."""
    if may(user, "apply", system.pk):
        return sync_url(system.pk, dryrun="", only=key)
    return sync_url(system.pk, dryrun="True", only=key) if may(user, "plan", system.pk) else None
