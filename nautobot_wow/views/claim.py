"""The pages of Claims; read-only."""

from __future__ import annotations

from typing import Any

from django.template import Context
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import KeyValueTablePanel, ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin, get_obj_from_context

from ..api.serializers import ClaimSerializer
from ..filters import ClaimFilterSet
from ..forms import ClaimFilterForm
from ..models import Claim
from ..tables import ClaimTable
from ..ui.text import ago, shown


class ClaimValuesPanel(KeyValueTablePanel):
    """What the system last said, value by value."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the values."""
        claim: Claim = get_obj_from_context(context)
        return {name: shown(value) for name, value in sorted(claim.values.items())} or {"": placeholder(None)}

    def render_key(self, key: str, value: Any, context: Context) -> str:
        """Return the name of the value as words."""
        return key.replace("_", " ")


class ClaimUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Claims."""

    queryset = Claim.objects.all()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilterSet
    filterset_form_class = ClaimFilterForm
    table_class = ClaimTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Claim",
                fields=[
                    "system",
                    "kind",
                    "external_id",
                    "origin",
                    "object",
                    "created_object",
                    "created",
                    "last_seen",
                    "missing_since",
                    "missed_runs",
                    "retired",
                ],
                key_transforms={
                    "object": "In Nautobot",
                    "origin": "Stands in",
                    "created_object": "Created it",
                    "created": "Claimed since",
                },
                value_transforms={
                    "object": [hyperlinked_object, placeholder],
                    "created": [ago],
                    "last_seen": [ago],
                    "missing_since": [ago],
                },
            ),
            ObjectFieldsPanel(
                weight=200,
                section=SectionChoices.LEFT_HALF,
                label="How it is recognised",
                fields=["scopes", "fingerprint"],
                value_transforms={"scopes": [shown], "fingerprint": [shown]},
            ),
            ClaimValuesPanel(weight=100, section=SectionChoices.RIGHT_HALF, label="What the system says"),
        ]
    )
