"""Where the pages are in Nautobot's menu."""

from nautobot.apps.ui import (
    NavigationIconChoices,
    NavigationWeightChoices,
    NavMenuAddButton,
    NavMenuGroup,
    NavMenuItem,
    NavMenuTab,
)

menu_items = (
    NavMenuTab(
        name="Apps",
        icon=NavigationIconChoices.APPS,
        weight=NavigationWeightChoices.APPS,
        groups=(
            NavMenuGroup(
                name="Operational Truth",
                weight=300,
                items=(
                    NavMenuItem(
                        link="plugins:nautobot_wow:system_list",
                        name="Systems",
                        weight=100,
                        permissions=["nautobot_wow.view_system"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:system_add", permissions=["nautobot_wow.add_system"]
                            ),
                        ),
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:plan_list",
                        name="Plans",
                        weight=200,
                        permissions=["nautobot_wow.view_plan"],
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:conflict_list",
                        name="Conflicts",
                        weight=300,
                        permissions=["nautobot_wow.view_conflict"],
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:claim_list",
                        name="Claims",
                        weight=400,
                        permissions=["nautobot_wow.view_claim"],
                    ),
                    NavMenuItem(link="plugins:nautobot_wow:docs", name="Documentation", weight=900, permissions=[]),
                ),
            ),
        ),
    ),
)
