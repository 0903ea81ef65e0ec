"""What the app shows on Nautobot's home page: is what Nautobot says still true?"""

from __future__ import annotations

from nautobot.apps.ui import HomePagePanel

from .ui.home import overview

layout = (
    HomePagePanel(
        name="Operational truth",
        weight=50,
        permissions=["nautobot_wow.view_system"],
        custom_template="home.html",
        custom_data={"wow_overview": overview},
    ),
)
