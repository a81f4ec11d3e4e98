"""The HTTP surface: one module per kind of content, one function per URL."""

from routes import health, models, text

BLUEPRINTS = (health.bp, models.bp, text.bp)
