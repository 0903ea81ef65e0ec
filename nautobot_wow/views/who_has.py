"""The page that answers: who has this address or card, since when, and on which port?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View
from nautobot.apps.forms import DateTimePicker
from nautobot.apps.views import ObjectPermissionRequiredMixin
from nautobot.ipam.models import Namespace

from ..errors import Unusable
from ..ipam.who import WhoHas, who_has
from ..models import Sighting
from ..ui.text import ago, ago_or_nothing

DEFAULT = "Global"


class WhoHasForm(forms.Form):
    """What to look for. The namespace is only asked for where there are several."""

    q = forms.CharField(
        label="Address or MAC address",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "172.16.100.54 or bc24.1100.0001"}),
    )
    at = forms.DateTimeField(required=False, label="At", widget=DateTimePicker, help_text="Left out: now")
    namespace = forms.ModelChoiceField(
        queryset=Namespace.objects.none(), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].widget.attrs["class"] += " form-control"  # the picker sets its own, and takes none
        namespaces = Namespace.objects.restrict(user, "view")
        self.fields["namespace"].queryset = namespaces  # type: ignore[attr-defined]
        if namespaces.count() < 2:
            del self.fields["namespace"]


class WhoHasView(LoginRequiredMixin, ObjectPermissionRequiredMixin, View):
    """Asks, and answers on the same page; the address of an answer can be passed on."""

    queryset = Sighting.objects.all()

    def get_required_permission(self) -> str:
        """Return the right to see what was seen."""
        return "nautobot_wow.view_sighting"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the form, with the answer if anything is asked."""
        form = WhoHasForm(request.GET if "q" in request.GET else None, user=request.user)
        found = self._found(form, request.user) if form.is_valid() else None
        context = {"title": "Who has…", "form": form, "found": found, **(_shown(found) if found else {})}
        return render(request, "nautobot_wow/who_has.html", context)

    def _found(self, form: WhoHasForm, user: Any) -> WhoHas | None:
        asked = form.cleaned_data
        at: datetime | None = asked["at"]
        namespace = (
            asked.get("namespace") or Namespace.objects.filter(name=DEFAULT).first() or Namespace.objects.first()
        )
        try:
            return who_has(asked["q"], namespace, timezone.now(), at=at, user=user)
        except Unusable as error:
            form.add_error("q", f"{str(error)[:1].upper()}{str(error)[1:]}. Write 172.16.100.54 or bc:24:11:00:00:01.")
            return None


def _shown(found: WhoHas) -> dict[str, Any]:
    """Return what the template needs besides the answer: times as people read them."""
    return {
        "since": ago(found.since) if found.since else "",
        "history": [(row, ago(row.first_seen), ago(row.last_seen)) for row in found.history],
        "cards": [
            (card, [(port, ago(port.since), ago(port.last_seen)) for port in card.ports]) for card in found.cards
        ],
        "profiles": sorted(found.explanation.profiles.items()) if found.explanation else [],
        "facts": list(_facts(found)),
    }


def _facts(found: WhoHas) -> Iterable[tuple[str, str, str, str]]:
    """Yield what else is known of the address: not the sightings, which are shown already."""
    shown = {one.row.get_absolute_url() for one in found.witnesses}
    for fact in found.explanation.facts if found.explanation else ():
        if fact.url not in shown:
            yield fact.source, fact.says, ago_or_nothing(fact.at), fact.url
