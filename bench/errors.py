"""What ends a run without a number."""

from __future__ import annotations


class Failed(Exception):
    """Something went wrong while measuring. What the relay was measured to counts for nothing
    then; another gateway's failure is told in the report.
    """
