"""The panel "Approval" of a Plan: whether it can be applied, and what became of it when it was tried."""

from __future__ import annotations

from typing import Any

from django.template import Context
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context

from ..models import Plan
from .attempts import latest_attempt
from .jobs import run_url
from .start import job_of
from .text import ago


class ApprovalPanel(Panel):
    """Says until when a plan can be applied, or why it cannot any more, and how the latest attempt ended."""

    body_content_template_path = "nautobot_wow/plan_approval.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return what the panel says."""
        plan: Plan = get_obj_from_context(context)
        attempt = latest_attempt(plan, context["request"].user)
        return {
            **super().get_extra_context(context),
            "plan": plan,
            "applied": ago(plan.applied_at) if plan.applied_at else "",
            "attempt": attempt,
            "attempted": ago(attempt.job_result.date_created) if attempt else "",
            "new_url": run_url(job_of(plan), plan.system_id, dryrun="True", **_only(plan)),
        }


def _only(plan: Plan) -> dict[str, str]:
    return {"only": " ".join(plan.only)} if plan.only else {}
