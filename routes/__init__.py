"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import health, messages, models, text

BLUEPRINTS = (health.bp, messages.bp, models.bp, text.bp)
