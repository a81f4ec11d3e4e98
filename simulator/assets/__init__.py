"""Uploads, and the host that hands files out (onemin-api.md 6, 8)."""
