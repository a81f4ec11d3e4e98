from __future__ import annotations

from collections.abc import Callable

import pytest

from utils.domain.chat import Ask, Batches, Chat, Finish, Message, TextDelta, Usage
from utils.domain.meter import Meter
from utils.errors import NotFound, RelayError, UpstreamFailed

CHAT = Chat(model="m", messages=(Message(role="user", text="hi"),))


def failing(error: Callable[[str], RelayError]) -> Ask:
    def asked(chat: Chat) -> Batches:
        yield []
        raise error("no")

    return asked


def saying(chat: Chat) -> Batches:
    yield [TextDelta("Hello."), Finish("stop", Usage(7, 2))]


@pytest.mark.parametrize(
    ("error", "booked"), [(NotFound, Usage(7, 2)), (UpstreamFailed, Usage(12, 2, "estimated"))]
)
def test_a_call_that_nobody_was_there_to_answer_is_not_booked(
    error: Callable[[str], RelayError], booked: Usage
) -> None:
    meter = Meter(lambda chat, text: Usage(5, 0, "estimated"))
    first, second = meter.metered(failing(error)), meter.metered(saying)

    def asked(chat: Chat) -> Batches:
        with pytest.raises(error):  # type: ignore[call-overload]
            yield from first(chat)
        yield from second(chat)

    *_, last = meter.booked(asked)(CHAT)
    assert last[-1] == Finish("stop", booked)
