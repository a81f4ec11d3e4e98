"""What ends a run without a number."""

from __future__ import annotations


class Failed(Exception):
    """Something went wrong while measuring: whatever was measured counts for nothing."""
