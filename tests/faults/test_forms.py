"""Forms that are none, at every URL that takes one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.limits.calling import vouched
from tests.routes.keeping import running
from tests.serving import HEADERS, ThreadedRelay

# werkzeug leaves the files of a form that it gives up to the garbage collector.
pytestmark = [
    pytest.mark.fault(75),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PATHS = [
    *("/v1/files", "/v1/uploads/upload_1/parts", "/v1/videos"),
    *("/v1/audio/transcriptions", "/v1/audio/translations"),
    *("/v1/images/edits", "/v1/images/variations"),
]
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nwords\r\n'
END = b"--x--\r\n"
LONG = pytest.mark.long  # all of them are read by the same code
FORMS = {
    "parts": PART * 100_000 + END,
    "a head": b"--x\r\nContent-Disposition: form-data; name=file\r\nX: " + b"y" * 2**20 + END,
    "heads": b"--x\r\n" + b"X: y\r\n" * 100_000 + b"\r\nwords\r\n" + END,
    "nested": PART.replace(b"words", b"--y\r\n\r\n--y--") * 2,
    "no end": PART,
    "cut in its mark": PART + b"\r\n--",
    "no mark": b"words",
    "marks alone": b"--x\r\n" * 10_000,
    "bytes": bytes(range(256)) * 100,
}
KINDS = (
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    'multipart/mixed; boundary="',
)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    with running(tmp_path_factory.mktemp("relay"), max_body_mb=16) as relay:
        vouched(relay)
        yield relay


@pytest.mark.parametrize(
    "path", [*PATHS[:1], *(pytest.param(p, marks=LONG) for p in PATHS[1:])]
)
def test_a_form_that_is_none_is_refused_and_leaves_nothing(
    relay: ThreadedRelay, path: str
) -> None:
    for name, body in FORMS.items():
        for kind in KINDS if len(body) < 10**5 else KINDS[:1]:
            headers = HEADERS | {"Content-Type": kind}
            reply = relay.post(path, None, data=body, headers=headers)
            assert reply.status_code in (400, 404, 413, 415), (name, kind, reply.text)
            assert reply.json()["error"]["message"]
    assert relay.get("/v1/files").json()["data"] == []
    assert not [*Path(relay.services.config.data_dir, "files").glob("file*")]
