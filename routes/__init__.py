"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import (
    audio,
    conversations,
    files,
    health,
    images,
    messages,
    models,
    responses,
    text,
    uploads,
)

BLUEPRINTS = (
    audio.bp,
    conversations.bp,
    files.bp,
    health.bp,
    images.bp,
    messages.bp,
    models.bp,
    responses.bp,
    text.bp,
    uploads.bp,
)
