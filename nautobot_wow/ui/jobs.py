"""Links to the run page of the sync Job, filled in."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.ui import Button
from nautobot.apps.views import get_obj_from_context

SYNC_JOB = "nautobot_wow.jobs.sync.SyncSystem"


def sync_url(system_pk: Any, **values: str) -> str:
    """Return the run page of the sync Job for one System; an empty value leaves a checkbox off."""
    page = reverse("extras:job_run_by_class_path", kwargs={"class_path": SYNC_JOB})
    return f"{page}?{urlencode({'system': system_pk, **values})}"


class SyncButton(Button):
    """Opens the sync Job for the System of the page, as a dry run or not."""

    dryrun: bool = True

    def get_link(self, context: Context) -> str:
        """Return the run page; `dryrun` is empty for "off", which is how a checkbox reads a missing value."""
        return sync_url(get_obj_from_context(context).pk, dryrun="True" if self.dryrun else "")


class ApproveButton(Button):
    """Opens the sync Job to apply the Plan of the page; only while it can be approved."""

    def should_render(self, context: Context) -> bool:
        """Tell whether the plan can still be approved, by this user."""
        return super().should_render(context) and bool(get_obj_from_context(context).approvable)

    def get_link(self, context: Context) -> str:
        """Return the run page with System and digest."""
        plan = get_obj_from_context(context)
        return sync_url(plan.system_id, dryrun="", approve=plan.digest)
