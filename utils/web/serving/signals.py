"""Signals that somebody sends before there is anything to stop or to reload."""

from __future__ import annotations

import signal

STOPS = (signal.SIGTERM, signal.SIGINT)
ALL = (*STOPS, signal.SIGHUP)


def hold() -> None:
    """They wait until they are heeded, here and in what is begun from here."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ALL)


def heed() -> None:
    """By whoever has a handler for each by now; those that waited come at once."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ALL)
