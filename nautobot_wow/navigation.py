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
                        link="plugins:nautobot_wow:document_list",
                        name="Documents",
                        weight=150,
                        permissions=["nautobot_wow.view_document"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:document_add", permissions=["nautobot_wow.add_document"]
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
                    NavMenuItem(
                        link="plugins:nautobot_wow:who_has",
                        name="Who Has…",
                        weight=50,
                        permissions=["nautobot_wow.view_sighting"],
                    ),
                    NavMenuItem(link="plugins:nautobot_wow:docs", name="Documentation", weight=900, permissions=[]),
                ),
            ),
            NavMenuGroup(
                name="Addresses and Guests",
                weight=310,
                items=(
                    NavMenuItem(
                        link="plugins:nautobot_wow:networkprofile_list",
                        name="Network Profiles",
                        weight=100,
                        permissions=["nautobot_wow.view_networkprofile"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:networkprofile_add",
                                permissions=["nautobot_wow.add_networkprofile"],
                            ),
                        ),
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:guestrequest_list",
                        name="Guest Requests",
                        weight=50,
                        permissions=["nautobot_wow.view_guestrequest"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:guestrequest_add",
                                permissions=["nautobot_wow.provision_guestrequest"],
                            ),
                        ),
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:allocation_list",
                        name="Allocations",
                        weight=200,
                        permissions=["nautobot_wow.view_allocation"],
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:sighting_list",
                        name="Sightings",
                        weight=300,
                        permissions=["nautobot_wow.view_sighting"],
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:guestsize_list",
                        name="Guest Sizes",
                        weight=400,
                        permissions=["nautobot_wow.view_guestsize"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:guestsize_add", permissions=["nautobot_wow.add_guestsize"]
                            ),
                        ),
                    ),
                    NavMenuItem(
                        link="plugins:nautobot_wow:guestimage_list",
                        name="Guest Images",
                        weight=500,
                        permissions=["nautobot_wow.view_guestimage"],
                        buttons=(
                            NavMenuAddButton(
                                link="plugins:nautobot_wow:guestimage_add", permissions=["nautobot_wow.add_guestimage"]
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
