"""The files a plain user may look for: what is in them, in which folders they are, and who may read them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from development.lab.pfsense import configuration, leases
from development.lab.pfsense.view import View

ISC = "/var/dhcpd/var/db/dhcpd.leases"
KEA_CLOSED_SINCE = (2, 8, 1)
"""From this release on, Kea's folders are 0750: other users neither list nor read them."""


class Files:
    """The file system. A path that starts with one of the denied ones is closed to the user, but not to root."""

    def __init__(self, view: View, secrets: Mapping[str, str]) -> None:
        self._view = view
        self._secrets = secrets
        self.renames = 0
        """How often the clean-up has renamed Kea's files since the start."""

    def all(self) -> dict[str, str]:
        """Return every file by path."""
        view = self._view
        config = configuration.render(view, self._secrets)
        found = {
            "/etc/version": f"{view.version}\n",
            "/etc/platform": "pfSense\n",
            "/cf/conf/config.xml": config,
            "/conf/config.xml": config,
            "/etc/master.passwd": f"root:{self._secrets['hash']}:0:0::0:0:Charlie &:/root:/bin/sh\n",
        }
        if view.settings["backend"] == "kea":
            found |= {f"{view.kea_folder}/{name}": text for name, text in leases.kea(view).items()}
            found[f"{view.kea_folder}/kea-leases4.pid"] = "4711\n"
        else:
            found[ISC] = leases.isc(view)
        found |= view.settings["files"]
        return {path: text for path, text in found.items() if text is not None}

    def may_read(self, path: str, root: bool) -> bool:
        """Tell whether the user, or root, may read a file or list a folder."""
        view = self._view
        denied = ["/etc/master.passwd", "/root", *view.settings["denied"]]
        if not view.settings["kea_open"] and view.version_number >= KEA_CLOSED_SINCE:
            denied.append(view.kea_folder)
        return root or not any(path == one or path.startswith(f"{one}/") for one in denied)

    def listing(self, folder: str) -> dict[str, int] | None:
        """Return the names in a folder with the numbers of their files, None where there is no such folder."""
        start = f"{folder.rstrip('/')}/"
        names = {path[len(start) :].partition("/")[0] for path in self.all() if path.startswith(start)}
        if not names:
            return None
        return {name: zlib.crc32(f"{start}{name} {self.renames}".encode()) for name in sorted(names)}
