"""POST /access/ticket: a login by password."""

from __future__ import annotations

from typing import Any

from development.lab.proxmox.endpoint import Call, Handlers


def create_ticket(call: Call) -> dict[str, Any]:
    """Return a ticket and its CSRF token."""
    user = str(call.values["username"])
    if "@" not in user:
        user = f"{user}@{call.values.get('realm', 'pam')}"
    ticket, login = call.endpoint.logins.log_in(user, str(call.values["password"]))
    return {"CSRFPreventionToken": login.csrf, "cap": {}, "ticket": ticket, "username": user}


HANDLERS: Handlers = {("POST", "/access/ticket"): create_ticket}
