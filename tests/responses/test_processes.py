"""Relays in processes of their own, on one database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.postgresql import PostgreSQL
from tests.responses.sdk import asked, client_with
from tests.serving import KEY, process


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
def test_two_relays_share_what_was_said(
    onemin: Simulator, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    """They also make the database at the same time."""
    url = f"sqlite:///{tmp_path}/shared.db"
    if kind == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.create()
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    with (
        process(onemin.url, folders[0], DATABASE_URL=url) as one,
        process(onemin.url, folders[1], DATABASE_URL=url) as other,
        client_with(KEY, one) as here,
        client_with(KEY, other) as there,
        ThreadPoolExecutor() as pool,
    ):
        firsts = list(pool.map(lambda client: asked(client, "I like figs."), (here, there)))
        conversation = here.conversations.create().id
        asked(here, "And dates.", conversation=conversation)
        asked(there, "What do I like?", conversation=conversation)
        prompts = [call.json["promptObject"]["prompt"] for call in onemin.chats]
        assert "And dates." in prompts[-1]
        asked(there, "What do I like?", previous_response_id=firsts[0].id)
        assert "I like figs." in onemin.chats[-1].json["promptObject"]["prompt"]
        assert here.responses.retrieve(firsts[1].id) == firsts[1]
        assert len(here.conversations.items.list(conversation).data) == 4
