"""The button on a guest or node that syncs just that one."""

from __future__ import annotations

from django.template import Context
from nautobot.apps.ui import Button
from nautobot.apps.views import get_obj_from_context

from ..models import Claim
from .claims import claims_on
from .jobs import only_url
from .start import SYNC_JOB, may_run


class SyncOnlyButton(Button):
    """Opens the sync Job, limited to this object, for the one enabled System that claims it.

    Who may only plan gets a dry run.
    """

    kind: str = ""

    def should_render(self, context: Context) -> bool:
        """Tell whether exactly one enabled System has it, and the user may plan or apply there."""
        return super().should_render(context) and self.get_link(context) is not None

    def get_link(self, context: Context) -> str | None:
        """Return the run page with the System and the key filled in; looked up once for a page."""
        request = context["request"]
        if not hasattr(request, "_wow_only_url"):
            request._wow_only_url = self._look_up(context)
        link: str | None = request._wow_only_url
        return link

    def _look_up(self, context: Context) -> str | None:
        user = context["request"].user
        if not self._may_any(context) or not may_run(user, SYNC_JOB):
            return None
        claim = self._claim(context)
        return only_url(user, claim.system, claim.external_id) if claim else None

    def _may_any(self, context: Context) -> bool:
        user = context["request"].user
        return user.has_perm("nautobot_wow.plan_system") or user.has_perm("nautobot_wow.apply_system")

    def _claim(self, context: Context) -> Claim | None:
        """Return the claim if there is exactly one; a retired one is not there to be read."""
        claims = claims_on(context["request"], get_obj_from_context(context))
        found = [claim for claim in claims if claim.kind == self.kind and claim.system.enabled and not claim.retired]
        return found[0] if len(found) == 1 else None
