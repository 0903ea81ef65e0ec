"""The REST API under /api/plugins/wow/."""
