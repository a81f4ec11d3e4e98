"""Whose certificates are trusted."""

from __future__ import annotations

import os
import ssl
from functools import cache

import certifi


def tls_context() -> ssl.SSLContext:
    """The system's roots and certifi's. One for all, for loading them costs some 35 ms."""
    return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusting(file: str | None, folder: str | None) -> ssl.SSLContext:
    """`file` and `folder` are where OpenSSL looks for the system's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
