"""The pages of Sightings: who had which address, and when."""

from __future__ import annotations

from typing import Any

from django.template import Context
from nautobot.apps.templatetags import hyperlinked_object
from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin, get_obj_from_context
from nautobot.ipam.models import IPAddress

from ..api.serializers import SightingSerializer
from ..filters import SightingFilterSet
from ..forms import SightingFilterForm
from ..models import Sighting
from ..tables import SightingTable
from ..ui.text import ago
from ..ui.who_has import who_has_button


class SeenPanel(ObjectFieldsPanel):
    """What was seen; the address and who saw it lead to what Nautobot has of them."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the fields."""
        sighting: Sighting = get_obj_from_context(context)
        found = super().get_data(context)
        if sighting.host:
            known = IPAddress.objects.restrict(context["request"].user, "view")
            record = known.filter(host=sighting.host, parent__namespace=sighting.namespace).first()
            if record is not None:
                found["host"] = hyperlinked_object(record, "host")
        if sighting.system is not None:
            found["seen_by"] = hyperlinked_object(sighting.system)
        return found


class SightingUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Sightings."""

    queryset = Sighting.objects.select_related("namespace", "system", "interface__device")
    serializer_class = SightingSerializer
    filterset_class = SightingFilterSet
    filterset_form_class = SightingFilterForm
    table_class = SightingTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            SeenPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="What was seen",
                fields=[
                    "host",
                    "mac",
                    "name",
                    "namespace",
                    "source",
                    "seen_by",
                    "where",
                    "interface",
                    "vid",
                    "far_port",
                    "first_seen",
                    "last_seen",
                ],
                key_transforms={"host": "Address"},
                value_transforms={"first_seen": [ago], "last_seen": [ago]},
            ),
        ],
        extra_buttons=[who_has_button()],
    )
