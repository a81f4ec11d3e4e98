"""What the benchmark takes for a right answer, and when it says a delta came."""

from __future__ import annotations

import json

import pytest

from bench.dialects import Ask, OneMin, OpenAI
from bench.errors import Failed
from bench.load import Exchange
from bench.readings import check_whole, deltas
from bench.targets import Target

RELAY = Target("relay", ("127.0.0.1", 1), 0, OpenAI())
STREAM = Ask(1, events=2, stream=True)
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def delta(text: str) -> bytes:
    return chunk(
        b"data: %s\n\n" % json.dumps({"choices": [{"delta": {"content": text}}]}).encode()
    )


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def exchange(*pieces: bytes) -> Exchange:
    """A piece arrives each second."""
    made = Exchange(sent=0)
    for second, piece in enumerate(pieces, 1):
        made.take(second, piece)
    return made


def whole(text: str, counted: str = "upstream", status: int = 200) -> Exchange:
    body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    head = (
        f"HTTP/1.1 {status} X\r\nX-Usage-Source: {counted}\r\nContent-Length: {len(body)}\r\n"
    )
    return exchange(head.encode() + b"\r\n" + body)


TEXTS = (STREAM.text[:12], STREAM.text[12:])
FRAMES = (delta(TEXTS[0]), delta(TEXTS[1]), chunk(b"data: [DONE]\n\n") + LAST)


def test_a_delta_arrives_with_its_last_byte() -> None:
    first, second, end = FRAMES
    cut = exchange(HEAD + first[:9], first[9:] + second[:-4], second[-4:], end)
    assert deltas(RELAY, STREAM, cut) == [2, 3]


def test_a_stream_is_complete_however_it_is_cut() -> None:
    data = b"".join((HEAD, *FRAMES))
    for cut in range(1, len(data)):
        asked = exchange(data[:cut])
        assert not asked.complete
        asked.take(2, data[cut:])
        assert asked.complete
        assert len(deltas(RELAY, STREAM, asked)) == 2


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD, FRAMES[0], FRAMES[2]),
        (HEAD, FRAMES[1], FRAMES[0], FRAMES[2]),
        (HEAD, FRAMES[0], FRAMES[1], LAST),
        (HEAD, *FRAMES[:2]),
        (HEAD.replace(b"200 OK", b"503 No"), *FRAMES),
        (HEAD, FRAMES[0], chunk(b"data: {broken}\n\n"), FRAMES[2]),
    ],
    ids=["too few", "in another order", "without its end", "cut off", "refused", "no JSON"],
)
def test_a_wrong_stream_fails(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(Failed):
        deltas(RELAY, STREAM, exchange(*pieces))


def test_a_right_answer_passes() -> None:
    asked = Ask(1, size=300, usage=False)
    assert check_whole(RELAY, asked, whole(asked.text, "estimated")).status == 200


@pytest.mark.parametrize(
    "answer",
    [whole("else"), whole(Ask(1).text, "estimated"), whole(Ask(1).text, status=429)],
    ids=["another text", "counted elsewhere", "refused"],
)
def test_a_wrong_answer_fails(answer: Exchange) -> None:
    with pytest.raises(Failed):
        check_whole(RELAY, Ask(1), answer)


def test_no_two_questions_share_a_message() -> None:
    one, other = ({message["content"] for message in Ask(number).messages} for number in (1, 2))
    assert len(one) == 10
    assert not one & other


def test_both_dialects_ask_for_the_same() -> None:
    asked = Ask(7, events=3, pace=20, stream=True, usage=False)
    for dialect in (OpenAI(), OneMin()):
        assert b"[[events=3 size=12 pace=20 usage=none]]" in dialect.request(asked)
