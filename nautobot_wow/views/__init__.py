"""The pages, one model a file."""

from .claim import ClaimUIViewSet
from .conflict import ConflictUIViewSet
from .docs import DocsView
from .plan import PlanUIViewSet
from .system import SystemUIViewSet

__all__ = ("ClaimUIViewSet", "ConflictUIViewSet", "DocsView", "PlanUIViewSet", "SystemUIViewSet")
