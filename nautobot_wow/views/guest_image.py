"""The pages of GuestImages."""

from __future__ import annotations

from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import NautobotUIViewSet

from ..api.serializers import GuestImageSerializer
from ..filters import GuestImageFilterSet
from ..forms import GuestImageBulkEditForm, GuestImageFilterForm, GuestImageForm
from ..models import GuestImage
from ..tables import GuestImageTable


class GuestImageUIViewSet(NautobotUIViewSet):
    """List, detail, add, edit and delete GuestImages."""

    queryset = GuestImage.objects.select_related("system", "platform")
    serializer_class = GuestImageSerializer
    filterset_class = GuestImageFilterSet
    filterset_form_class = GuestImageFilterForm
    form_class = GuestImageForm
    bulk_update_form_class = GuestImageBulkEditForm
    table_class = GuestImageTable

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Image",
                fields=["name", "description", "system", "guest_type", "source", "platform", "default_user"],
            ),
        ]
    )
