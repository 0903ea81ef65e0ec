"""Document: a text that a System is read from, where the System is no machine but something that people write."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import PrimaryModel, extras_features
from nautobot.extras.signals import change_context_state  # not in nautobot.apps as of 3.2

LARGEST = 1_000_000
PATH = RegexValidator(
    r"^(?!/)(?!.*(^|/)\.\.?(/|\Z))[^\x00-\x1f\\]+\Z",
    "A path is relative, with slashes, and leads nowhere else: site.yaml, device-types/Dell/FC630.yaml.",
)


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class Document(PrimaryModel):
    """One file of a System's documents, kept in Nautobot. A System that names a Git repository is read from there.

    Who uploaded the text and when is filled in whenever the text is another. The change log keeps its digest only.
    """

    system = models.ForeignKey(to="nautobot_wow.System", on_delete=models.CASCADE, related_name="documents")
    path = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        validators=[PATH],
        help_text="What the file is called among those of its System; errors and claims name it, with the line.",
    )
    content = models.TextField(blank=True, help_text=f"The text, at most {LARGEST:,} characters.")
    digest = models.CharField(
        max_length=64,
        editable=False,
        verbose_name="SHA-256",
        help_text="SHA-256 of the text, by which people compare it with their file.",
    )
    uploaded_by = models.ForeignKey(
        to="users.User", on_delete=models.SET_NULL, related_name="+", blank=True, null=True, editable=False
    )
    uploaded_at = models.DateTimeField(blank=True, null=True, editable=False, help_text="When the text last changed.")

    natural_key_field_names = ["system", "path"]

    class Meta:
        ordering = ["system", "path"]
        constraints = [models.UniqueConstraint(fields=["system", "path"], name="wow_document_unique")]

    def __str__(self) -> str:
        return f"{self.system}: {self.path}"

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.content.splitlines())

    def clean(self) -> None:
        """Refuse what no reader could use."""
        super().clean()
        errors: dict[str, Any] = {}
        if len(self.content) > LARGEST:
            errors["content"] = f"This has {len(self.content):,} characters; split it into files of {LARGEST:,}."
        if "\x00" in self.content:
            errors["content"] = "This is no text: it has a zero byte."
        if self.system_id and (repository := self.system.options.get("repository")):
            errors["system"] = f"{self.system} is read from the Git repository {repository}; clear that option first."
        if self.system_id and not self.system.system_kind.suffixes:
            errors["system"] = f"A {self.system.get_kind_display()} is asked over the network, it has no documents."
        elif self.system_id and not self.path.endswith(self.system.system_kind.suffixes):
            kinds = " or ".join(self.system.system_kind.suffixes)
            errors["path"] = f"A {self.system.get_kind_display()} is read from files whose names end in {kinds}."
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; another text has another digest, and was uploaded now by whoever does this."""
        digest = hashlib.sha256(self.content.encode()).hexdigest()
        if digest != self.digest:
            self.digest, self.uploaded_at, self.uploaded_by = digest, timezone.now(), _who()
        super().save(*args, **kwargs)

    def to_objectchange(self, action: str, **kwargs: Any) -> Any:
        """Return the entry of the change log, without the text."""
        change = super().to_objectchange(action, **kwargs)
        for data in (change.object_data, change.object_data_v2):
            if data:
                data.pop("content", None)
        return change


def _who() -> Any:
    """Return who is changing something now, if that is known."""
    context = change_context_state.get()
    return context.get_user() if context is not None else None
