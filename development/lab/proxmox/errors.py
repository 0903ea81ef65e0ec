"""The error answers of the Proxmox VE API: an HTTP status with PVE's own words as its reason phrase.

400  parameters refused, one text per parameter
401  nobody we know
403  not allowed
500  anything that went wrong while doing it, a missing guest included
501  no such path or method
595  the node does not answer
"""

from __future__ import annotations


class ApiError(Exception):
    """An answer that is not 2xx; `errors` holds a text per refused parameter."""

    def __init__(self, status: int, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def refused(errors: dict[str, str]) -> ApiError:
    """Parameters that do not fit the schema or the state of things."""
    return ApiError(400, "Parameter verification failed.", errors)


def unauthorized(message: str) -> ApiError:
    """A login that does not hold."""
    return ApiError(401, message)


def forbidden(what: str = "") -> ApiError:
    """A missing right; `what` is "PATH, PRIVILEGE"."""
    return ApiError(403, f"Permission check failed ({what})" if what else "Permission check failed")


def died(message: str) -> ApiError:
    """What PVE answers when its code dies with a text."""
    return ApiError(500, message)


def not_implemented(method: str, path: str) -> ApiError:
    """A path or method that the API does not have."""
    return ApiError(501, f"Method '{method} {path}' not implemented")


def unreachable() -> ApiError:
    """A node that does not answer the node we talk to."""
    return ApiError(595, "No route to host")
