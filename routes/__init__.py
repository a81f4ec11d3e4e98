"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import (
    assistants,
    audio,
    conversations,
    files,
    health,
    images,
    messages,
    models,
    responses,
    runs,
    text,
    threads,
    uploads,
    videos,
)

BLUEPRINTS = (
    assistants.bp,
    audio.bp,
    conversations.bp,
    files.bp,
    health.bp,
    images.bp,
    messages.bp,
    models.bp,
    responses.bp,
    runs.bp,
    text.bp,
    threads.bp,
    uploads.bp,
    videos.bp,
)
