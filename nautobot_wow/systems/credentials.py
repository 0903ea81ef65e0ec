"""From a System to a Connection: URL, TLS, time-out and credentials out of Nautobot's own models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nautobot.apps.choices import SecretsGroupAccessTypeChoices, SecretsGroupSecretTypeChoices
from nautobot.extras.secrets.exceptions import SecretError

from ..errors import ConfigurationError
from .connection import Connection, Secret

if TYPE_CHECKING:
    from nautobot.extras.models import ExternalIntegration, SecretsGroup
    from nautobot.extras.models import Secret as StoredSecret

    from ..models import System

ACCESS_TYPES = (SecretsGroupAccessTypeChoices.TYPE_HTTP, SecretsGroupAccessTypeChoices.TYPE_GENERIC)
"""Where a secret is looked for, the first one that has it wins."""

LOGIN = (SecretsGroupSecretTypeChoices.TYPE_USERNAME, SecretsGroupSecretTypeChoices.TYPE_TOKEN)

WRITING = SecretsGroupAccessTypeChoices.TYPE_REST
"""Where the credentials of who changes something are: whoever reads every ten minutes need not be allowed to."""


def connection_of(system: System, *, writes: bool = False) -> Connection:
    """Return how to reach `system`. Raises ConfigurationError, which names what is missing and never a secret.

    What `writes` logs in with the username and token of access type REST, where the secrets group has both.
    """
    integration = system.external_integration
    if integration is None:
        raise ConfigurationError(f"{system.name}: no external integration is set; choose one that has the URL")
    group = integration.secrets_group
    if group is None:
        raise ConfigurationError(
            f"{system.name}: external integration {integration.name!r} has no secrets group; "
            "give it one with a username and a token"
        )
    secrets = _secrets(group)
    if writes and all((secret_type, WRITING) in secrets for secret_type in LOGIN):
        secrets = {(kind, ACCESS_TYPES[0]): secrets[kind, WRITING] for kind in LOGIN}
    return Connection(
        system=system.name,
        url=_url(system, integration),
        username=_secret(system, secrets, SecretsGroupSecretTypeChoices.TYPE_USERNAME),
        secret=Secret(_secret(system, secrets, SecretsGroupSecretTypeChoices.TYPE_TOKEN)),
        verify_tls=integration.verify_ssl,
        ca_file=integration.ca_file_path or None,
        timeout_s=float(integration.timeout),
    )


def _url(system: System, integration: ExternalIntegration) -> str:
    try:
        url = integration.render_remote_url({"obj": system})
    except Exception as error:  # Jinja raises whatever a template runs into
        raise ConfigurationError(
            f"{system.name}: the URL of external integration {integration.name!r} cannot be rendered: {error}"
        ) from error
    if not url:
        raise ConfigurationError(f"{system.name}: external integration {integration.name!r} has no URL")
    return str(url)


def _secrets(group: SecretsGroup) -> dict[tuple[str, str], StoredSecret]:
    rows = group.secrets_group_associations.select_related("secret")
    rows = rows.filter(access_type__in=(*ACCESS_TYPES, WRITING))
    return {(row.secret_type, row.access_type): row.secret for row in rows}


def _secret(system: System, secrets: dict[tuple[str, str], StoredSecret], secret_type: str) -> str:
    found = (secrets.get((secret_type, access_type)) for access_type in ACCESS_TYPES)
    secret = next((secret for secret in found if secret is not None), None)
    if secret is None:
        group = system.external_integration.secrets_group
        raise ConfigurationError(
            f"{system.name}: secrets group {group.name!r} has no {secret_type}; "
            f"add one with access type {' or '.join(ACCESS_TYPES)}"
        )
    return _value(system, secret)


def _value(system: System, secret: StoredSecret) -> str:
    try:
        value = secret.get_value(obj=system)
    except SecretError as error:
        raise ConfigurationError(
            f"{system.name}: secret {secret.name!r} cannot be read ({error.message}); check its provider and parameters"
        ) from error
    if not value:
        raise ConfigurationError(f"{system.name}: secret {secret.name!r} is empty")
    return str(value)
