"""Which files may be uploaded, and the folder each lands in (onemin-api.md 6)."""

from __future__ import annotations

from simulator.assets.multipart import UNTOLD

FOLDERS = {
    "images": ("png", "jpg", "jpeg", "webp", "gif"),
    "documents": ("pdf", "docx", "xlsx", "pptx", "txt", "csv", "json"),
    "audios": ("mp3", "wav", "m4a", "flac", "ogg", "opus", "aac"),
    "videos": ("mp4", "webm"),
}
FAMILIES = {
    "images": ("image",),
    "documents": ("application", "text"),
    "audios": ("audio", "video", "application"),  # application/ogg
    "videos": ("audio", "video"),
}
REFUSED_TYPES = ("text/markdown",)
_FOLDER = {extension: folder for folder, known in FOLDERS.items() for extension in known}


def folder(name: str, media_type: str) -> str | None:
    """None for a file that is refused: no or another extension, or one that does not match."""
    stem, dot, extension = name.rpartition(".")
    found = _FOLDER.get(extension.lower()) if stem and dot else None
    if found is None or media_type in REFUSED_TYPES:
        return None
    family = media_type.partition("/")[0]
    return found if media_type == UNTOLD or family in FAMILIES[found] else None
