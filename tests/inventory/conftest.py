"""The place that a page is about: the site of the engine's tests."""

from __future__ import annotations

from tests.reconcile.conftest import fake_kind, pve, site

__all__ = ("fake_kind", "pve", "site")
