"""Values as people read them, escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from nautobot.apps.choices import ChoiceSet
from nautobot.apps.templatetags import placeholder

LONGEST = 300
"""Longer values are cut on pages; the whole value is in the REST API."""


def badge(text: str, color: str) -> SafeString:
    """Return a badge in one of Bootstrap's colours."""
    return format_html('<span class="badge bg-{}">{}</span>', color, text)


def choice_badge(choices: type[ChoiceSet], value: str) -> SafeString:
    """Return the badge of one choice; an unknown one is shown as it is."""
    return badge(str(dict(choices.CHOICES).get(value, value)), choices.CSS_CLASSES.get(value, "secondary"))


def shown(value: Any) -> str:
    """Return a JSON value as a short text: sets as a list, nothing as a dash."""
    text = full_text(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def code(value: Any) -> SafeString:
    """Return a long token as one that may break over lines."""
    return format_html('<code class="text-break">{}</code>', value)


def shown_or_nothing(value: Any) -> str:
    """Return a value as a short text; a page leaves the row out if there is none."""
    return shown(value) if value else ""


def ago(moment: datetime | None) -> SafeString:
    """Return how long ago it was, with the exact time behind it."""
    if moment is None:
        return placeholder(None)
    exact = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")
    is_now = timezone.now() - moment < timedelta(minutes=1)
    age = "just now" if is_now else f"{timesince(moment, depth=1)} ago"
    return format_html('<span title="{}">{}</span>', exact, age)


def ago_or_nothing(moment: datetime | None) -> str | SafeString:
    """Return how long ago it was; a page leaves the row out if it never was."""
    return ago(moment) if moment else ""


def ago_text(text: Any) -> str | SafeString:
    """Return how long ago a time in ISO 8601 was; another text is shown as it is."""
    try:
        moment = parse_datetime(str(text or ""))
    except ValueError:
        moment = None
    return ago(moment) if moment and timezone.is_aware(moment) else shown(text)


def full_text(value: Any) -> str:
    """Return a JSON value as a text of any length."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(full_text(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {full_text(item)}" for key, item in value.items()) or "none"
    return str(value)
