"""Lets Nautobot load `jobs/` when this repository is added to it as a Git repository that provides Jobs.

Nautobot then imports every package that it finds below. The app is installed beside it and not read from here, so all
but the Jobs is hidden from that walk: the app's own link to `jobs/` would register each Job twice.
"""

import sys
from pathlib import Path
from types import ModuleType

for package in Path(__file__).parent.glob("*/__init__.py"):
    name = f"{__name__}.{package.parent.name}"
    if package.parent.name != "jobs":
        sys.modules[name] = ModuleType(name)
