"""Where an approval workflow is defined for guests of a restricted network, nobody takes an address past it."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldError
from nautobot.extras.models import ApprovalWorkflowDefinition

from ..models import GuestRequest, NetworkProfile

ABOUT = "profile__"


def workflow_for(profile: NetworkProfile) -> str:
    """Return the name of the approval workflow that guests on a restricted profile have to go through, "" if none.

    A definition's constraints are about a GuestRequest. Those about its profile are compared with this one; the others
    (who, which size) cannot be told of a bare address, and count as met: an approval is rather asked for than missed.
    """
    if not profile.restricted:
        return ""
    kind = ContentType.objects.get_for_model(GuestRequest)
    for definition in ApprovalWorkflowDefinition.objects.filter(model_content_type=kind).order_by("-weight"):
        if _is_about(profile, definition.model_constraints or {}):
            return str(definition.name)
    return ""


def _is_about(profile: NetworkProfile, constraints: dict[str, Any]) -> bool:
    asked = {name.removeprefix(ABOUT): value for name, value in constraints.items() if name.startswith(ABOUT)}
    if constraints.get("profile", str(profile.pk)) != str(profile.pk):
        return False
    try:
        return bool(NetworkProfile.objects.filter(pk=profile.pk, **asked).exists())
    except (FieldError, ValueError):
        return True
