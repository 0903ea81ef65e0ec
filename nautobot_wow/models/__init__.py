"""The app's own models: only what Nautobot's core has no model for."""

from .claim import Claim
from .conflict import Conflict
from .plan import Plan
from .system import System

__all__ = ("Claim", "Conflict", "Plan", "System")
