"""The pages, one model a file."""

from .allocation import AllocationUIViewSet
from .claim import ClaimUIViewSet
from .conflict import ConflictUIViewSet
from .docs import DocsView
from .document import DocumentUIViewSet
from .guest_image import GuestImageUIViewSet
from .guest_size import GuestSizeUIViewSet
from .network_profile import NetworkProfileUIViewSet
from .plan import PlanUIViewSet
from .request import GuestRequestUIViewSet, ask_for_a_guest
from .sighting import SightingUIViewSet
from .system import SystemUIViewSet
from .who_has import WhoHasView

__all__ = (
    "AllocationUIViewSet",
    "ClaimUIViewSet",
    "ConflictUIViewSet",
    "DocsView",
    "GuestImageUIViewSet",
    "GuestRequestUIViewSet",
    "DocumentUIViewSet",
    "GuestSizeUIViewSet",
    "NetworkProfileUIViewSet",
    "PlanUIViewSet",
    "SightingUIViewSet",
    "SystemUIViewSet",
    "WhoHasView",
    "ask_for_a_guest",
)
