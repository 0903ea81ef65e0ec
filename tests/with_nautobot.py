"""A plugin that sets Nautobot up before pytest-django looks for settings; they are a module that is no file."""

from __future__ import annotations

import nautobot

nautobot.setup()
