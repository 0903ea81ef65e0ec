"""The pages of guest requests: what was asked, how far it is, and every step that was taken or undone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Context
from django.urls import reverse
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import Button, ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import (
    ObjectChangeLogViewMixin,
    ObjectDetailViewMixin,
    ObjectListViewMixin,
    ObjectNotesViewMixin,
    get_obj_from_context,
)

from ..api.serializers import GuestRequestSerializer
from ..choices import RequestAction, RequestStage
from ..filters import GuestRequestFilterSet
from ..forms import GuestRequestFilterForm
from ..models import Allocation, GuestRequest
from ..tables import GuestRequestTable
from ..ui.guests import CREATE_JOB
from ..ui.steps import StepsPanel
from ..ui.text import ago, ago_or_nothing, choice_badge, code, shown

CARRY_OUT = "nautobot_wow.jobs.provision.CarryOutRequest"
OF_NEW_GUESTS = ("size", "image", "node", "application_list", "snapshot_policy", "wait_for")
"""What is asked for with a new guest, and means nothing for one that is there."""


class AskedPanel(ObjectFieldsPanel):
    """What was asked for; without what does not belong to such a request, and what was left open."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the fields that say something."""
        request: GuestRequest = get_obj_from_context(context)
        foreign = () if request.action == RequestAction.CREATE else OF_NEW_GUESTS
        found = super().get_data(context)
        return {name: value for name, value in found.items() if name not in foreign and value not in ("", None, [])}


class OutcomePanel(ObjectFieldsPanel):
    """What came of it so far."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the fields that have a value; an address and a guest also where there is none any more."""
        found = super().get_data(context)
        return {
            name: value for name, value in found.items() if value not in ("", None) or name in ("allocation", "guest")
        }


class GoOnButton(Button):
    """Leads to the Job that goes on with a request that is not over."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is something left to do."""
        request = get_obj_from_context(context)
        is_open = not request.is_over and request.stage != RequestStage.WAITING
        return super().should_render(context) and is_open

    def get_link(self, context: Context) -> str:
        """Return the run page with the request filled in."""
        page = reverse("extras:job_run_by_class_path", kwargs={"class_path": CARRY_OUT})
        return f"{page}?request={get_obj_from_context(context).pk}"


class GuestRequestUIViewSet(
    ObjectDetailViewMixin,
    ObjectListViewMixin,
    ObjectChangeLogViewMixin,
    ObjectNotesViewMixin,
):
    """List and detail of guest requests; they are made by Jobs and REST."""

    queryset = GuestRequest.objects.select_related(
        "system", "profile", "allocation__address", "allocation6__address", "guest"
    )
    serializer_class = GuestRequestSerializer
    filterset_class = GuestRequestFilterSet
    filterset_form_class = GuestRequestFilterForm
    table_class = GuestRequestTable
    action_buttons = ("add", "export")

    object_detail_content = ObjectDetailContent(
        panels=[
            AskedPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Asked for",
                fields=[
                    "action",
                    "name",
                    "system",
                    "profile",
                    "size",
                    "image",
                    "node",
                    "application_list",
                    "snapshot_policy",
                    "wait_for",
                    "backup_storage",
                    "justification",
                    "requested_by",
                    "created",
                    "key",
                ],
                key_transforms={"profile": "Network", "application_list": "Applications", "created": "Asked"},
                value_transforms={
                    "action": [lambda value: dict(RequestAction.CHOICES).get(value, value)],
                    "application_list": [shown],
                    "created": [ago],
                    "key": [code],
                },
            ),
            OutcomePanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="What came of it",
                fields=[
                    "stage",
                    "allocation",
                    "allocation6",
                    "vmid",
                    "mac",
                    "target_node",
                    "guest",
                    "attempts",
                    "finished",
                ],
                key_transforms={"allocation": "Address", "allocation6": "IPv6 address", "target_node": "Node"},
                value_transforms={
                    "stage": [lambda value: choice_badge(RequestStage, value)],
                    "allocation": [lambda value: _address(value)],
                    "allocation6": [lambda value: _address(value)],
                    "guest": [hyperlinked_object, placeholder],
                    "finished": [ago_or_nothing],
                },
            ),
            StepsPanel(weight=100, section=SectionChoices.FULL_WIDTH, label="Steps"),
        ],
        extra_buttons=[
            GoOnButton(
                weight=100,
                label="Go on",
                icon="mdi-play",
                color=ButtonActionColorChoices.RUN,
                attributes={"title": "Take it up again where it was left, or undo it"},
                required_permissions=["extras.run_job"],
            ),
        ],
    )

    def retrieve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page; who followed the request to its end gets it anew as a whole."""
        response: HttpResponse = super().retrieve(request, *args, **kwargs)
        if request.headers.get("HX-Request") and self.get_object().is_over:
            response.headers["HX-Refresh"] = "true"
        return response


def ask_for_a_guest(request: HttpRequest) -> HttpResponse:
    """Lead to the form of the Job that creates a guest, which asks for its permissions; a clone starts filled in."""
    page = reverse("extras:job_run_by_class_path", kwargs={"class_path": CREATE_JOB})
    values = request.GET.copy()
    if "profile" in values:
        values["network"] = values.pop("profile")[-1]  # `profile` is a word of Nautobot's own on Jobs
    return redirect(f"{page}?{values.urlencode()}" if values else page)


def _address(allocation: Allocation | None) -> Any:
    """Return the address, leading to its record, or to the allocation where that is all that is left of it."""
    if allocation is None:
        return placeholder(None)
    return hyperlinked_object(allocation.address or allocation, "cidr" if not allocation.address else "display")
