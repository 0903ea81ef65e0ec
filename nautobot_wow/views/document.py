"""The pages of Documents."""

from __future__ import annotations

from django.db.models import QuerySet
from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, ObjectTextPanel, SectionChoices
from nautobot.apps.views import NautobotUIViewSet

from ..api.serializers import DocumentSerializer
from ..filters import DocumentFilterSet
from ..forms import DocumentBulkEditForm, DocumentFilterForm, DocumentForm
from ..models import Document
from ..tables import DocumentTable
from ..ui.text import ago, code


class DocumentUIViewSet(NautobotUIViewSet):
    """List, detail, add, edit and delete Documents."""

    queryset = Document.objects.select_related("system", "uploaded_by")
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilterSet
    filterset_form_class = DocumentFilterForm
    form_class = DocumentForm
    bulk_update_form_class = DocumentBulkEditForm
    table_class = DocumentTable

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.FULL_WIDTH,
                label="Document",
                fields=["system", "path", "lines", "digest", "uploaded_at", "uploaded_by"],
                key_transforms={"digest": "SHA-256", "uploaded_at": "Uploaded"},
                value_transforms={"digest": [code], "uploaded_at": [ago]},
            ),
            ObjectTextPanel(
                weight=200,
                section=SectionChoices.FULL_WIDTH,
                label="Text",
                object_field="content",
                render_as=ObjectTextPanel.RenderOptions.CODE,
            ),
        ]
    )

    def get_queryset(self) -> QuerySet[Document]:
        """Return the documents; the texts stay in the database where only their names are shown."""
        queryset = super().get_queryset()
        return queryset.defer("content") if self.action == "list" else queryset
