"""Files, and forms with files in them, by whoever means harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routes.heard import refusal
from tests.routes.keeping import FIELDS, kept, running, sent
from tests.samples import png
from tests.serving import HEADERS, ThreadedRelay

# werkzeug leaves the files of a form that it gives up to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

OTHER = {"Authorization": "Bearer another-callers-1min-key"}
NAMES = {
    "../../etc/passwd": "passwd",
    "/etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "%2e%2e%2fpasswd": "%2e%2e%2fpasswd",
    "a\0b": "a b",
    "a" * 4096: "a" * 255,
    "CON": "CON",
    "-rf": "-rf",
    "a%0D%0ASet-Cookie: b=c": "a%0D%0ASet-Cookie: b=c",
    'a"; filename="b': 'a"; filename="b',
    "\u202egpj.exe": "\u202egpj.exe",
    "\u200fa": "\u200fa",
    "C:\\windows\\a": "a",
    "....//....//passwd": "passwd",
    "a\u2028b": "a b",
    "": "unnamed.txt",
    "..": "unnamed.txt",
    ".": "unnamed.txt",
    "relay.db": "relay.db",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[ThreadedRelay]:
    with running(folder) as relay:
        yield relay


@pytest.fixture(autouse=True)
def _nothing_is_left(relay: ThreadedRelay, folder: Path) -> Iterator[None]:
    before = {path for path in folder.iterdir() if not path.name.startswith("relay.db")}
    yield
    for file in relay.get("/v1/files").json()["data"]:
        relay.session.delete(f"{relay.url}/v1/files/{file['id']}", headers=HEADERS, timeout=30)
    assert kept(folder) == set()
    after = {path for path in folder.iterdir() if not path.name.startswith("relay.db")}
    assert after <= before | {folder / "files"}


def part(name: bytes, data: bytes = b"words", file: bytes | None = None) -> bytes:
    called = b"" if file is None else b'; filename="%b"' % file
    head = b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n' % (name, called)
    return head + data + b"\r\n"


PURPOSE, FILE, END = part(b"purpose", b"user_data"), part(b"file", file=b"a.txt"), b"--x--\r\n"


def refused(
    relay: ThreadedRelay, body: bytes, boundary: str = "; boundary=x"
) -> tuple[int, str | None, str | None]:
    kind = {**HEADERS, "Content-Type": f"multipart/form-data{boundary}"}
    return refusal(relay.post("/v1/files", None, data=body, headers=kind))


@pytest.mark.fault(71)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name_and_no_place(relay: ThreadedRelay, folder: Path, name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode()
    kind = {**HEADERS, "Content-Type": "multipart/form-data; boundary=x"}
    body = PURPOSE + part(b"file", file=quoted) + END
    file = relay.post("/v1/files", None, data=body, headers=kind).json()
    assert file["filename"] == NAMES[name]
    assert kept(folder) == {file["id"]}
    reply = relay.get(f"/v1/files/{file['id']}/content")
    assert reply.content == b"words"
    assert "Set-Cookie" not in reply.headers
    assert reply.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.fault(72)
def test_a_guessed_id_tells_nothing(relay: ThreadedRelay) -> None:
    id = sent(relay).json()["id"]
    guesses = [id, id[:-1] + ("0" if id[-1] != "0" else "1"), "file-" + "f" * 32]
    told = {relay.get(f"/v1/files/{guess}", headers=OTHER).text for guess in guesses}
    assert len(told) == 1


@pytest.mark.fault(73)
def test_a_link_among_the_files_is_not_followed(
    relay: ThreadedRelay, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    file = sent(relay).json()
    place = folder / "files" / file["id"]
    place.unlink()
    place.symlink_to(secret)
    reply = relay.get(f"/v1/files/{file['id']}/content")
    assert refusal(reply)[:2] == (503, "storage_unavailable")
    assert "SECRET" not in reply.text


@pytest.mark.fault(74)
def test_a_bomb_is_kept_packed(relay: ThreadedRelay) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"{number}.txt", bytes(50_000_000 // 8))
    picture = png()[:16] + b"\xff\xff\xff\xff\xff\xff\xff\xff" + png()[24:]  # 4 G by 4 G
    for data, kind in ((packed.getvalue(), "application/octet-stream"), (picture, "image/png")):
        file = sent(relay, ("a.docx", data, "application/pdf")).json()
        assert file["bytes"] == len(data)
        reply = relay.get(f"/v1/files/{file['id']}/content")
        assert (reply.content, reply.headers["Content-Type"]) == (data, kind)


NESTED = (
    b'--x\r\nContent-Disposition: form-data; name="file"\r\n'
    b"Content-Type: multipart/mixed; boundary=y\r\n\r\n"
    b'--y\r\nContent-Disposition: attachment; filename="a"\r\n\r\nwords\r\n--y--\r\n'
)
NO_FILE = (400, None, "file")
TOO_MUCH = (413, "request_too_large", None)


@pytest.mark.fault(75)
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (PURPOSE + FILE + part(b"a", b"1") * 30_000 + END, TOO_MUCH),
        (PURPOSE + FILE + part(b"a", b"1", b"b") * 25_000 + END, TOO_MUCH),
        (part(b"purpose", bytes(1_000_000)) + FILE + END, TOO_MUCH),
        (PURPOSE + part(b"file", file=b"a" * 600_000) + END, TOO_MUCH),
        (PURPOSE + NESTED + END, NO_FILE),
        (PURPOSE + part(b"file", file=b"a\nSet-Cookie: b=c") + END, NO_FILE),
        (PURPOSE + FILE, NO_FILE),
        (PURPOSE + FILE[:-2], NO_FILE),
        (PURPOSE + part(b"file"), NO_FILE),
        (PURPOSE + part(b"another", file=b"a.txt") + END, NO_FILE),
        (PURPOSE + part(b"file", b"", b"a.txt") + END, (400, "empty_file", "file")),
        (b"\r\n" * 100_000, NO_FILE),
        (b"", NO_FILE),
    ],
    ids=[
        "fields",
        "files",
        "a large field",
        "a large head",
        "nested",
        "two lines for a name",
        "no end",
        "cut off",
        "a field",
        "misnamed",
        "empty",
        "lines",
        "nothing",
    ],
)
def test_a_form_that_cannot_be_used_is_refused(
    relay: ThreadedRelay, body: bytes, told: tuple[int, str | None, str | None]
) -> None:
    assert refused(relay, body) == told


def test_a_part_that_bears_no_name_is_passed_over(relay: ThreadedRelay) -> None:
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\nwords\r\n"
    kind = {**HEADERS, "Content-Type": "multipart/form-data; boundary=x"}
    reply = relay.post("/v1/files", None, data=PURPOSE + nameless + FILE + END, headers=kind)
    assert reply.json()["filename"] == "a.txt"


@pytest.mark.fault(75)
@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 5000])
def test_a_form_whose_parts_cannot_be_told_is_refused(
    relay: ThreadedRelay, boundary: str
) -> None:
    assert refused(relay, PURPOSE + FILE + END, boundary) == NO_FILE


@pytest.mark.fault(74)
def test_what_a_file_is_said_to_be_means_nothing(relay: ThreadedRelay) -> None:
    page = ("a.png", b"<script>alert(1)</script>", "image/png")
    id = sent(relay, page, FIELDS).json()["id"]
    reply = relay.get(f"/v1/files/{id}/content")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
