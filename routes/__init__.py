"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import (
    admin,
    assistants,
    audio,
    conversations,
    embeddings,
    files,
    health,
    images,
    messages,
    models,
    openapi,
    pages,
    responses,
    runs,
    text,
    threads,
    uploads,
    usage,
    videos,
)

BLUEPRINTS = (
    assistants.bp,
    audio.bp,
    conversations.bp,
    embeddings.bp,
    files.bp,
    health.bp,
    images.bp,
    messages.bp,
    models.bp,
    openapi.bp,
    pages.bp,
    responses.bp,
    runs.bp,
    text.bp,
    threads.bp,
    uploads.bp,
    usage.bp,
    videos.bp,
)

ADMIN = (admin.bp,)  # only with ADMIN_TOKEN
