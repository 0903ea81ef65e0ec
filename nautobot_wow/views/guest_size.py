"""The pages of GuestSizes."""

from __future__ import annotations

from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import NautobotUIViewSet

from ..api.serializers import GuestSizeSerializer
from ..filters import GuestSizeFilterSet
from ..forms import GuestSizeBulkEditForm, GuestSizeFilterForm, GuestSizeForm
from ..models import GuestSize
from ..tables import GuestSizeTable


class GuestSizeUIViewSet(NautobotUIViewSet):
    """List, detail, add, edit and delete GuestSizes."""

    queryset = GuestSize.objects.all()
    serializer_class = GuestSizeSerializer
    filterset_class = GuestSizeFilterSet
    filterset_form_class = GuestSizeFilterForm
    form_class = GuestSizeForm
    bulk_update_form_class = GuestSizeBulkEditForm
    table_class = GuestSizeTable

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100, section=SectionChoices.LEFT_HALF, label="Size", fields=["name", "description"]
            ),
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="As a container",
                fields=["container_cores", "container_memory_mb", "container_disk_gb"],
            ),
            ObjectFieldsPanel(
                weight=200,
                section=SectionChoices.RIGHT_HALF,
                label="As a virtual machine",
                fields=["vm_cores", "vm_memory_mb", "vm_disk_gb"],
            ),
        ]
    )
