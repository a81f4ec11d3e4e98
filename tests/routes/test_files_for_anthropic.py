"""The official anthropic package judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic

from tests.routes.keeping import NOTES, running
from tests.samples import PDF, png
from tests.serving import KEY, ThreadedRelay


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    with running(tmp_path_factory.mktemp("relay")) as relay:
        yield relay


@pytest.fixture
def claude(relay: ThreadedRelay) -> Iterator[Anthropic]:
    with Anthropic(
        api_key=KEY,
        base_url=relay.url,
        max_retries=0,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
        _strict_response_validation=True,
    ) as claude:
        yield claude
        for file in claude.beta.files.list():
            claude.beta.files.delete(file.id)


def test_a_file_is_kept_told_and_deleted(claude: Anthropic, relay: ThreadedRelay) -> None:
    file = claude.beta.files.upload(file=("a.pdf", PDF))
    assert (file.filename, file.mime_type) == ("a.pdf", "application/pdf")
    assert (file.size_bytes, file.downloadable, file.expires_at) == (len(PDF), True, None)
    assert claude.beta.files.retrieve_metadata(file.id) == file
    assert claude.beta.files.download(file.id).read() == PDF
    to_openai = relay.get(f"/v1/files/{file.id}").json()
    assert to_openai["purpose"] == "user_data"
    assert to_openai["created_at"] == file.created_at.timestamp()
    assert claude.beta.files.delete(file.id).type == "file_deleted"
    with pytest.raises(anthropic.NotFoundError) as raised:
        claude.beta.files.retrieve_metadata(file.id)
    assert raised.value.type == "not_found_error"


def test_lists_come_in_pages_newest_first(claude: Anthropic) -> None:
    ids = [claude.beta.files.upload(file=NOTES).id for _ in range(5)][::-1]
    assert [file.id for file in claude.beta.files.list(limit=2)] == ids
    some = [ids[3], ids[1], "file-1", ids[1]]
    assert [file.id for file in claude.beta.files.list(ids=some)] == [ids[1], ids[3]]
    older = claude.get("/v1/files", cast_to=object, options={"params": {"after_id": ids[2]}})
    assert isinstance(older, dict)
    assert (older["first_id"], older["last_id"], older["has_more"]) == (ids[3], ids[4], False)


def test_a_client_chooses_how_long_and_need_not_choose_a_name(claude: Anthropic) -> None:
    file = claude.beta.files.upload(file=("/", png()), expires_in_seconds=7_776_000)
    assert file.expires_at
    assert (file.expires_at - file.created_at).total_seconds() == 7_776_000
    assert file.filename == "unnamed.png"


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 1001},
        {"page": "page_1"},
        {"scope_id": "session_1"},
        {"ids": ["file-1"], "limit": 5},
        {"ids": [f"file-{number}" for number in range(101)]},
    ],
    ids=["limit", "page", "scope", "ids and limit", "ids"],
)
def test_what_a_list_cannot_be_is_refused(claude: Anthropic, asked: dict[str, Any]) -> None:
    with pytest.raises(anthropic.BadRequestError) as raised:
        claude.beta.files.list(**asked)
    assert raised.value.type == "invalid_request_error"
    assert next(iter(asked)) in raised.value.message
