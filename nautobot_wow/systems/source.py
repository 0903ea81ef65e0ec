"""What a System is read from: an endpoint that is asked, or documents that people write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .credentials import connection_of
from .documents import documents_of

if TYPE_CHECKING:
    from ..models import System


def source_of(system: System, options: Any) -> Any:
    """Return a Connection or Documents, whichever the kind of the System is read from. Raises ConfigurationError."""
    return documents_of(system, options) if system.system_kind.suffixes else connection_of(system)
