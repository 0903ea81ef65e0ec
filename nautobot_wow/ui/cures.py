"""What the app itself can do about a conflict: buttons on its page that lead there, filled in."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from nautobot.apps.ui import Button
from nautobot.apps.utils import get_route_for_model
from nautobot.apps.views import get_obj_from_context
from nautobot.virtualization.models import VirtualMachine

from ..choices import ConflictState
from ..models import Claim, Conflict
from ..records import Kind
from .guests import MOVE_JOB, GuestJobButton


class CureButton(Button):
    """Leads to where a conflict is settled; only while it is not, and where its rule says that this is the way."""

    action: str = ""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is somewhere to go, for this user."""
        conflict: Conflict = get_obj_from_context(context)
        is_meant = conflict.action == self.action and conflict.state != ConflictState.RESOLVED
        return super().should_render(context) and is_meant and self.get_link(context) is not None


class EditButton(CureButton):
    """Opens the form of the object, for who may change it."""

    action = "edit"

    def get_link(self, context: Context) -> str | None:
        """Return the address of the form, or None."""
        row = get_obj_from_context(context).object
        if row is None or not context["request"].user.has_perm(_right("change", type(row)), row):
            return None
        try:
            return reverse(get_route_for_model(type(row), "edit"), kwargs={"pk": row.pk})
        except NoReverseMatch:
            return None


class AdoptButton(CureButton):
    """Opens the form of a new address, with the one that was seen."""

    action = "adopt"

    def get_link(self, context: Context) -> str | None:
        """Return the address of the form, or None."""
        conflict: Conflict = get_obj_from_context(context)
        if not conflict.host or conflict.prefix is None or not context["request"].user.has_perm("ipam.add_ipaddress"):
            return None
        prefix = conflict.prefix
        values = {"address": f"{conflict.host}/{prefix.prefix_length}", "namespace": prefix.namespace_id}
        return f"{reverse('ipam:ipaddress_add')}?{urlencode(values)}"


class MoveButton(GuestJobButton):
    """Opens the Job that moves a guest to another network, for who may provision."""

    class_path = MOVE_JOB

    def values(self, context: Context) -> dict[str, Any] | None:
        """Return the guest, where a System that can move guests claims it, and moving it is the cure."""
        conflict: Conflict = get_obj_from_context(context)
        if conflict.action != "move" or conflict.state == ConflictState.RESOLVED:
            return None
        if conflict.object_type_id != ContentType.objects.get_for_model(VirtualMachine).pk:
            return None
        claims = Claim.objects.filter(
            object_type=conflict.object_type_id, object_id=conflict.object_id, kind=Kind.GUEST.value, retired=False
        )
        systems = [claim.system for claim in claims.select_related("system") if claim.system.enabled]
        can = any(system.system_kind.provisioner is not None for system in systems)
        return {"guest": conflict.object_id} if can else None


def _right(action: str, model: Any) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"
