"""The addresses of the pages."""

from django.contrib.auth.decorators import login_required
from django.urls import path
from nautobot.apps.urls import NautobotUIViewSetRouter

from . import views

app_name = "nautobot_wow"

router = NautobotUIViewSetRouter()
router.register("systems", views.SystemUIViewSet)
router.register("claims", views.ClaimUIViewSet)
router.register("plans", views.PlanUIViewSet)
router.register("conflicts", views.ConflictUIViewSet)
router.register("network-profiles", views.NetworkProfileUIViewSet)
router.register("documents", views.DocumentUIViewSet)
router.register("guest-sizes", views.GuestSizeUIViewSet)
router.register("guest-images", views.GuestImageUIViewSet)
router.register("allocations", views.AllocationUIViewSet)
router.register("guest-requests", views.GuestRequestUIViewSet)
router.register("sightings", views.SightingUIViewSet)

FOUND_BY_RUNS = {"conflict_add"}
"""Pages that Nautobot's mixin for editing brings with it, of what only runs create."""

urlpatterns = [
    path("guest-requests/add/", login_required(views.ask_for_a_guest), name="guestrequest_add"),
    path("who-has/", views.WhoHasView.as_view(), name="who_has"),
    path("docs/", views.DocsView.as_view(), {"page": "index.md"}, name="docs"),
    path("docs/<path:page>", views.DocsView.as_view(), name="docs_page"),
    *(url for url in router.urls if url.name not in FOUND_BY_RUNS),
]
