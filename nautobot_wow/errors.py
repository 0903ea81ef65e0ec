"""Every error the app raises on purpose, drawn as one tree.

WowError                    a sentence for the operator: what, which object, what to do
├── SourceError             a system could not be read or did not do as asked
│   ├── Unreachable         no connection, no name, TLS refused, no answer in time
│   ├── AuthenticationError the credentials were refused
│   ├── Forbidden           the credentials are good, the right is missing
│   ├── NotFound            the system says that the thing is not there
│   ├── RemoteError         the system answered with an error of its own
│   └── ParseError          the answer is not what the documentation of the system promises
├── NotAllowed              the person who asked lacks a permission in Nautobot
├── ConfigurationError      options, secrets or references of a System are unusable
├── UnsafePlan              a guard refused the plan; its digest approves it
├── StalePlan               the world moved between the plan that was approved and now
├── Busy                    another run holds this System
├── Unusable                what was asked for makes no sense; the text names the field
├── Unavailable             no address can be given; says what stands in the way of how many
├── KeyInUse                the key of a request names another request
└── Incomplete              a run ended, but not everything was written
"""

from __future__ import annotations


class WowError(Exception):
    """A sentence with the subject first and the way out last."""


class SourceError(WowError):
    """A system could not be read, or did not do as asked."""


class Unreachable(SourceError):
    """No connection: refused, no such name, TLS not accepted, or no answer in time."""


class AuthenticationError(SourceError):
    """The system refused the credentials."""


class Forbidden(SourceError):
    """The credentials are good, but lack a right."""


class NotFound(SourceError):
    """The system says that the thing asked for does not exist."""


class RemoteError(SourceError):
    """The system answered with an error of its own; the text is the system's."""


class ParseError(SourceError):
    """An answer cannot be read; the text names the object and the field."""


class NotAllowed(WowError):
    """The person who asked for it lacks a permission in Nautobot."""


class ConfigurationError(WowError):
    """Options, secrets or references of a System are unusable."""


class UnsafePlan(WowError):
    """A guard refused the plan. `digest` is what approves it."""

    def __init__(self, message: str, digest: str = "") -> None:
        super().__init__(message)
        self.digest = digest


class StalePlan(WowError):
    """The plan that was approved is not the plan that would be applied now."""


class Busy(WowError):
    """Another run is working on this System."""


class Unusable(WowError):
    """What was asked for makes no sense: "field: what is wrong with it"."""


class Unavailable(WowError):
    """No address can be given. `detail` says how many were considered, and why each was passed over."""

    def __init__(self, message: str, detail: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.detail = detail or {}


class KeyInUse(WowError):
    """The key names another request."""


class Incomplete(WowError):
    """The run ended, but some rows were refused; all others are written."""
