"""The addresses of the REST API."""

from nautobot.apps.api import OrderedDefaultRouter

from . import views

router = OrderedDefaultRouter(view_name="Operational Truth")
router.register("systems", views.SystemViewSet)
router.register("claims", views.ClaimViewSet)
router.register("plans", views.PlanViewSet)
router.register("conflicts", views.ConflictViewSet)

app_name = "nautobot_wow-api"
urlpatterns = router.urls
