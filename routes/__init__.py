"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import conversations, files, health, messages, models, responses, text

BLUEPRINTS = (
    conversations.bp,
    files.bp,
    health.bp,
    messages.bp,
    models.bp,
    responses.bp,
    text.bp,
)
