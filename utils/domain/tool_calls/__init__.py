"""Tools for models that only know text: asked for, written and read as text."""
