"""The app's own models: only what Nautobot's core has no model for."""

from .allocation import Allocation, AllocationCursor
from .claim import Claim
from .conflict import Conflict
from .document import Document
from .plan import Plan
from .profile import GuestImage, GuestSize, NetworkProfile, ProfileRange
from .request import GuestRequest
from .sighting import Sighting
from .system import System

__all__ = (
    "Allocation",
    "AllocationCursor",
    "Claim",
    "Conflict",
    "Document",
    "GuestImage",
    "GuestRequest",
    "GuestSize",
    "NetworkProfile",
    "Plan",
    "ProfileRange",
    "Sighting",
    "System",
)
