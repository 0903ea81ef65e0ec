"""The pages of Sightings: who had which address, and when."""

from __future__ import annotations

from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin

from ..api.serializers import SightingSerializer
from ..filters import SightingFilterSet
from ..forms import SightingFilterForm
from ..models import Sighting
from ..tables import SightingTable
from ..ui.text import ago


class SightingUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Sightings."""

    queryset = Sighting.objects.select_related("namespace", "system")
    serializer_class = SightingSerializer
    filterset_class = SightingFilterSet
    filterset_form_class = SightingFilterForm
    table_class = SightingTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Sighting",
                fields=["host", "mac", "namespace", "source", "seen_by", "system", "where", "first_seen", "last_seen"],
                key_transforms={"host": "Address"},
                value_transforms={"first_seen": [ago], "last_seen": [ago]},
            ),
        ]
    )
