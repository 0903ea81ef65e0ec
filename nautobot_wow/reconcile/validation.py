"""What Nautobot checks on save, for rows that are written in bulk: fields, and the rules that users and apps added.

Core's own checks per model (unique names, primary addresses, VLAN modes) are kept by construction in the kinds; what
has to be asked row by row is only asked where somebody defined a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from nautobot.data_validation import custom_validators as data_validation
from nautobot.data_validation.models import (
    MinMaxValidationRule,
    RegularExpressionValidationRule,
    RequiredValidationRule,
    UniqueValidationRule,
)
from nautobot.extras.models import GitRepository
from nautobot.extras.plugins import CustomValidator
from nautobot.extras.registry import registry

RULES = (RegularExpressionValidationRule, MinMaxValidationRule, RequiredValidationRule, UniqueValidationRule)

Check = Callable[[Any], None]


def check_of(model: type[Model]) -> Check:
    """Return what raises ValidationError for a row of this model that Nautobot would not save."""
    relations = [field.name for field in model._meta.fields if field.is_relation]
    validators = _validators(model)

    def check(row: Any) -> None:
        row.clean_fields(exclude=relations)
        for validator in validators:
            validator(row).clean()

    return check


def reason(error: Exception) -> str:
    """Return the text of an error in one line."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _validators(model: type[Model]) -> list[Callable[[Any], Any]]:
    label = model._meta.label_lower
    found = []
    for validator in registry["plugin_custom_validators"].get(label, ()):
        if validator.clean is CustomValidator.clean or getattr(validator, "is_for_people_only", False):
            continue
        if issubclass(validator, data_validation.BaseValidator) and not _has_rules(label):
            continue
        found.append(validator)
    return found


def _has_rules(label: str) -> bool:
    if data_validation.get_data_compliance_rules_map().get(label):
        return True
    if GitRepository.objects.get_for_provided_contents("data_validation.data_compliance_rule"):
        return True
    return any(rules.objects.get_enabled_for_model(label) for rules in RULES)
