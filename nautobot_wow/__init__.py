"""Nautobot App: reconciles what the systems of a small data centre say into Nautobot."""

from __future__ import annotations

from importlib import metadata

from nautobot.apps import NautobotAppConfig, nautobot_database_ready

from .app_settings import CONSTANCE

try:
    __version__ = metadata.version("nautobot-wow")
except metadata.PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0.dev0"


class WowConfig(NautobotAppConfig):
    """What Nautobot must know of the app to load it."""

    name = "nautobot_wow"
    verbose_name = "Operational Truth"
    version = __version__
    author = "nautobot-wow contributors"
    description = "Reads every system that knows something about the data centre and reconciles it into Nautobot."
    base_url = "wow"
    min_version = "3.2.0"
    max_version = "3.99"
    searchable_models = ["system", "claim", "conflict", "networkprofile", "allocation"]
    constance_config = CONSTANCE
    home_view_name = "plugins:nautobot_wow:system_list"
    docs_view_name = "plugins:nautobot_wow:docs"

    def ready(self) -> None:
        """Register the app, have its names created after each migrate, and notice what people write."""
        super().ready()
        from .signals import connect, create_names  # models can be imported only now

        nautobot_database_ready.connect(create_names, sender=self)
        connect()


config = WowConfig
