"""The lists of models, of which 1min.ai has one for each feature."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Any

from utils.domain.catalog import Model
from utils.errors import RelayError
from utils.onemin import models


def listed(get: Callable[[str], Any]) -> list[Model]:
    """Every model of every feature that is used. `get` fetches what is at a target. Raises
    RelayError.

    On daemon threads: an executor's would keep a relay that stops waiting for the list.
    """
    lists: dict[str, list[Model]] = {}
    errors: list[RelayError] = []

    def fetch(feature: str) -> None:
        try:
            lists[feature] = models.read(get(models.target(feature)), feature)
        except RelayError as error:
            errors.append(error)

    threads = [
        Thread(target=copy_context().run, args=(fetch, feature), daemon=True)
        for feature in models.FEATURES
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return models.merged(lists[feature] for feature in models.FEATURES)
