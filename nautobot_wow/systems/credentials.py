"""From a System to a Connection: URL, TLS, time-out and credentials out of Nautobot's own models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nautobot.apps.choices import SecretsGroupAccessTypeChoices, SecretsGroupSecretTypeChoices
from nautobot.extras.secrets.exceptions import SecretError

from ..errors import ConfigurationError
from .connection import Connection, Secret
from .kind import Login

if TYPE_CHECKING:
    from nautobot.extras.models import ExternalIntegration, SecretsGroup
    from nautobot.extras.models import Secret as StoredSecret

    from ..models import System

WRITING = SecretsGroupAccessTypeChoices.TYPE_REST
"""Where the credentials of who changes something are: whoever reads every ten minutes need not be allowed to."""

USERNAME = SecretsGroupSecretTypeChoices.TYPE_USERNAME
KEY = SecretsGroupSecretTypeChoices.TYPE_KEY

Stored = dict[tuple[str, str], "StoredSecret"]
"""The secrets of a group by (type of secret, type of access)."""


def connection_of(system: System, *, writes: bool = False) -> Connection:
    """Return how to reach `system`. Raises ConfigurationError, which names what is missing and never a secret.

    What `writes` logs in with the secrets of access type REST, where the secrets group has all that are needed.
    """
    integration = system.external_integration
    if integration is None:
        raise ConfigurationError(f"{system.name}: no external integration is set; choose one that has the URL")
    logins = system.system_kind.logins
    group = integration.secrets_group
    if group is None:
        raise ConfigurationError(
            f"{system.name}: external integration {integration.name!r} has no secrets group; give it one with "
            f"{_ways(logins)}"
        )
    url = _url(system, integration)
    values = _values(system, logins, _stored(group), writes=writes)
    key = values.pop(KEY, None)
    username = values.pop(USERNAME, "")
    return Connection(
        system=system.name,
        url=url,
        username=username,
        secret=Secret(next(iter(values.values()), "")),
        key=None if key is None else Secret(key),
        verify_tls=integration.verify_ssl,
        ca_file=integration.ca_file_path or None,
        timeout_s=float(integration.timeout),
        learned=dict(system.learned),
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


def _stored(group: SecretsGroup) -> Stored:
    rows = group.secrets_group_associations.select_related("secret")
    return {(row.secret_type, row.access_type): row.secret for row in rows}


def _values(system: System, logins: tuple[Login, ...], stored: Stored, *, writes: bool) -> dict[str, str]:
    """Return the values of the first way to log in that is complete, by type of secret."""
    for login in logins:
        if writes and all((name, WRITING) in stored for name in login.secret_types):
            return {name: _value(system, stored[name, WRITING]) for name in login.secret_types}
    for login in logins:
        found = {name: _find(stored, name, login) for name in (*login.secret_types, *login.optional)}
        if all(found[name] is not None for name in login.secret_types):
            return {name: _value(system, secret) for name, secret in found.items() if secret is not None}
    raise ConfigurationError(_what_is_missing(system, logins, stored))


def _find(stored: Stored, secret_type: str, login: Login) -> StoredSecret | None:
    found = (stored.get((secret_type, access_type)) for access_type in login.access_types)
    return next((secret for secret in found if secret is not None), None)


def _what_is_missing(system: System, logins: tuple[Login, ...], stored: Stored) -> str:
    group = system.external_integration.secrets_group
    start = f"{system.name}: secrets group {group.name!r}"
    if len(logins) > 1:
        return f"{start} is not complete; give it {_ways(logins)}"
    missing = next(name for name in logins[0].secret_types if _find(stored, name, logins[0]) is None)
    return f"{start} has no {missing}; add one with access type {' or '.join(logins[0].access_types)}"


def _ways(logins: tuple[Login, ...]) -> str:
    access = " or ".join(dict.fromkeys(name for login in logins for name in login.access_types))
    words = ", or ".join(login.words for login in logins)
    return words if len(logins) == 1 else f"{words} (access type {access})"


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
