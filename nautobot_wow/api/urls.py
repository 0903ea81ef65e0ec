"""The addresses of the REST API."""

from django.urls import path
from nautobot.apps.api import OrderedDefaultRouter

from . import requests, views
from .ways import WaysView

router = OrderedDefaultRouter(view_name="Operational Truth")
router.register("systems", views.SystemViewSet)
router.register("claims", views.ClaimViewSet)
router.register("plans", views.PlanViewSet)
router.register("conflicts", views.ConflictViewSet)
router.register("network-profiles", views.NetworkProfileViewSet)
router.register("documents", views.DocumentViewSet)
router.register("guest-sizes", views.GuestSizeViewSet)
router.register("guest-images", views.GuestImageViewSet)
router.register("allocations", views.AllocationViewSet)
router.register("guest-requests", requests.GuestRequestViewSet)
router.register("sightings", views.SightingViewSet)

app_name = "nautobot_wow-api"
urlpatterns = [path("ways/", WaysView.as_view(), name="ways"), *router.urls]
