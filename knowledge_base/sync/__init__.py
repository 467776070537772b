"""The catalogue from the national portal's public API: polite, resumable, and only what changed."""

from __future__ import annotations

from knowledge_base.sync.client import PortalClient
from knowledge_base.sync.diff import Change, SyncReport
from knowledge_base.sync.run import Options, sync_portal

__all__ = ["Change", "Options", "PortalClient", "SyncReport", "sync_portal"]
