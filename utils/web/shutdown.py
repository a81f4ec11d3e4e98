"""Whether the relay is about to stop."""

from __future__ import annotations

from utils.errors import Unavailable


class Shutdown:
    """Requests under way may end while it is `announced`; when it is `due` they break off."""

    def __init__(self) -> None:
        self.announced = False
        self.due = False

    def check(self) -> None:
        """Raises Unavailable once it is due."""
        if self.due:
            raise Unavailable(
                "The relay is shutting down.", code="shutting_down", retry_after=5
            )
