from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.routes.heard import refusal
from tests.routes.keeping import FIELDS, LARGEST, NOTES, kept, running, sent
from tests.serving import HEADERS, ThreadedRelay


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[ThreadedRelay]:
    with running(folder) as relay:
        yield relay


TIMES = "expires_after[seconds]", "expires_after[anchor]"


@pytest.mark.parametrize(
    ("file", "fields", "refused"),
    [
        (None, FIELDS, (400, None, "file")),
        (("a.txt", b""), FIELDS, (400, "empty_file", "file")),
        (("a.txt", bytes(LARGEST + 1)), FIELDS, (413, "file_too_large", "file")),
        (("a.txt", bytes(2 * LARGEST)), FIELDS, (413, "request_too_large", None)),
        (NOTES, {}, (400, None, "purpose")),
        (NOTES, {"purpose": ""}, (400, None, "purpose")),
        (NOTES, {"purpose": "fun"}, (400, None, "purpose")),
        (NOTES, {**FIELDS, TIMES[0]: "3600"}, (400, None, "expires_after.anchor")),
        (NOTES, {**FIELDS, TIMES[1]: "created_at"}, (400, None, "expires_after.seconds")),
        (
            NOTES,
            {**FIELDS, TIMES[1]: "last_active_at", TIMES[0]: "3600"},
            (400, None, "expires_after.anchor"),
        ),
        *(
            (
                NOTES,
                {**FIELDS, TIMES[1]: "created_at", TIMES[0]: seconds},
                (400, None, "expires_after.seconds"),
            )
            for seconds in ("3599", "2592001", "soon", "1e9999")
        ),
        (NOTES, {**FIELDS, "expires_after": "1"}, (400, None, "expires_after")),
    ],
)
def test_an_upload_that_is_refused_says_why_and_leaves_nothing(
    relay: ThreadedRelay, folder: Path, file: Any, fields: dict[str, Any], refused: Any
) -> None:
    assert refusal(sent(relay, file, fields)) == refused
    assert kept(folder) == set()
    assert relay.get("/v1/files").json()["data"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"purpose": "user_data", "file": "words"}', "application/json"),
        (b"purpose=user_data&file=words", "application/x-www-form-urlencoded"),
        (b"--x\r\ncut off", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b"", ""),
    ],
)
def test_a_body_that_is_no_form_with_a_file_is_refused(
    relay: ThreadedRelay, body: bytes, kind: str
) -> None:
    headers = {**HEADERS, "Content-Type": kind}
    reply = relay.post("/v1/files", None, data=body, headers=headers)
    assert refusal(reply) == (400, None, "file")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=some", "limit"),
        ("order=random", "order"),
        ("after=file-1", "after"),
        ("purpose=%00", "purpose"),
    ],
)
def test_a_list_that_cannot_be_is_refused(relay: ThreadedRelay, query: str, param: str) -> None:
    assert refusal(relay.get(f"/v1/files?{query}")) == (400, None, param)


def test_fields_that_are_empty_or_unknown_mean_nothing(relay: ThreadedRelay) -> None:
    assert relay.get("/v1/files?limit=&after=&order=&colour=red").status_code == 200


@pytest.mark.parametrize("id", ["file-1", "file-%00", "..%2Frelay.db", "a" * 5000])
def test_an_id_nobody_gave_out_is_not_found(relay: ThreadedRelay, id: str) -> None:
    for path in (f"/v1/files/{id}", f"/v1/files/{id}/content"):
        assert relay.get(path).status_code == 404
