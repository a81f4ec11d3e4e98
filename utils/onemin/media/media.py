"""All that 1min.ai makes or hears besides text."""

from __future__ import annotations

from dataclasses import dataclass

from utils.onemin.media.drawings import Drawings
from utils.onemin.media.media_chat import MediaChat
from utils.onemin.media.sounds import Sounds
from utils.onemin.media.videos import Videos


@dataclass(frozen=True, slots=True)
class Media:
    """Shared by all threads."""

    chat: MediaChat
    drawings: Drawings
    sounds: Sounds
    videos: Videos

    def close(self) -> None:
        """No connection is kept for later any more."""
        self.chat.close()
