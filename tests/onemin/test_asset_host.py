from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from simulator.replies import Cut, Hang, Pause, Reply, html
from simulator.server import Simulator
from tests.onemin.attaching import returned
from utils.errors import InvalidRequest, RelayError, TooLarge, UpstreamFailed, UpstreamTimeout
from utils.onemin.media import asset_host
from utils.onemin.media.asset_host import AssetHost, AssetUrls
from utils.origin import Origin, Timeouts

URLS = AssetUrls("https://asset.1min.ai/")


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("images/a.png", "https://asset.1min.ai/images/a.png"),
        ("/images/a.png", "https://asset.1min.ai/images/a.png"),
        ("images/\u00e9 (1)?#.png", "https://asset.1min.ai/images/%C3%A9%20%281%29%3F%23.png"),
        ("ftp://host/a.png", "https://asset.1min.ai/ftp%3A//host/a.png"),
        ("https://host/a.png?x=(1)", "https://host/a.png?x=%281%29"),
        ("http://host/a\n.png", "http://host/a%0A.png"),
    ],
)
def test_a_file_has_an_address_that_markdown_cannot_cut(place: str, url: str) -> None:
    assert URLS.url(place) == url


@pytest.mark.parametrize(
    "path", ["images/a.png", "images/\u00e9 (1)?#%.png", "development/images/a.png"]
)
def test_the_path_is_found_again_in_the_address(path: str) -> None:
    assert URLS.path(URLS.url(path)) == path
    assert URLS.path(f"{URLS.url(path)}?X-Amz-Expires=604800#top") == path


@pytest.mark.fault(64, 71)
@pytest.mark.parametrize(
    "url",
    [
        "",
        "images/a.png",
        "https://asset.1min.ai",
        "https://asset.1min.ai/",
        "https://asset.1min.ai/?a=b",
        "https://asset.1min.ai.example/images/a.png",
        "https://host/https://asset.1min.ai/images/a.png",
        "https://user@asset.1min.ai/images/a.png",
        "https://asset.1min.ai/../a.png",
        "https://asset.1min.ai/images/%2e%2e/a.png",
    ],
)
def test_another_address_has_no_path(url: str) -> None:
    assert URLS.path(url) is None


@pytest.fixture
def host(onemin: Simulator) -> Iterator[AssetHost]:
    timeouts = Timeouts(connect=2, first_byte=1, idle=1, total=5)
    origin = Origin(onemin.asset_url, name="1min.ai", timeouts=timeouts, size=2)
    with closing(AssetHost(AssetUrls(onemin.asset_url), origin)) as host:
        yield host


@pytest.mark.fault(70)
def test_a_file_is_fetched_without_any_key(host: AssetHost, onemin: Simulator) -> None:
    onemin.script_downloads(Reply(body=(b"so", Pause(0.3), b"und")))
    assert returned(host.data(host.urls.url("audios/a b.mp3"))) == b"sound"
    [call] = onemin.calls
    assert call.path == "/asset-host/audios/a b.mp3"
    assert "api-key" not in call.headers


@pytest.mark.fault(21, 33)
@pytest.mark.parametrize(
    ("reply", "refused", "message"),
    [
        (Reply(404, body=(b"<Error/>",)), UpstreamFailed, "did not hand out a file (HTTP 404)"),
        (Reply(302, {"Location": "http://127.0.0.1/"}), UpstreamFailed, "(HTTP 302)"),
        (Reply(body=(b"so", Cut(), b"und")), UpstreamFailed, "1min.ai"),
        (Reply(body=(Hang(),)), UpstreamTimeout, "1min.ai sent nothing for 1 seconds"),
    ],
)
def test_a_file_that_does_not_come_is_a_failure(
    host: AssetHost,
    onemin: Simulator,
    reply: Reply,
    refused: type[RelayError],
    message: str,
) -> None:
    onemin.script_downloads(reply)
    with pytest.raises(refused) as raised:
        returned(host.data(host.urls.url("audios/a.mp3")))
    assert message in raised.value.message


@pytest.mark.fault(22)
def test_a_file_without_end_is_not_read_to_it(
    host: AssetHost, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_host, "LARGEST", 1000)
    onemin.script_downloads(Reply(body=(bytes(1001), Hang())))
    with pytest.raises(UpstreamFailed, match=r"^1min\.ai's file is too large$"):
        returned(host.data(host.urls.url("audios/a.mp3")))


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        (Reply(404, body=(b"<Error/>",)), InvalidRequest),
        (Reply(body=(bytes(1001), Hang())), TooLarge),
        (html(522), UpstreamFailed),
    ],
)
def test_what_is_wrong_with_a_file_that_a_client_named_is_for_the_client_to_hear(
    host: AssetHost, onemin: Simulator, reply: Reply, refused: type[RelayError]
) -> None:
    onemin.script_downloads(Reply(body=(bytes(1000),)), reply)
    url = host.urls.url("audios/a.mp3")
    assert len(returned(host.named(url, 1000))) == 1000
    with pytest.raises(refused):
        returned(host.named(url, 1000))


@pytest.mark.fault(70)
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a.mp3", "https://host/a.mp3"])
def test_a_file_elsewhere_is_not_fetched(host: AssetHost, onemin: Simulator, url: str) -> None:
    with pytest.raises(UpstreamFailed, match="does not fetch"):
        returned(host.data(url))
    assert not onemin.calls
