"""Any answer, in any dialect, as a whole and as a stream, and back as history."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at
from tests.domain.json_values import OBJECTS, written
from tests.faults.dialects import DIALECTS, Answer, Dialect, means, remembered
from tests.faults.fuzzing import fuzzed
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Event,
    Finish,
    FinishReason,
    Message,
    ReasoningDelta,
    TextDelta,
    Usage,
)

PIECES = st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4)
TEXTS = PIECES.filter(lambda pieces: bool("".join(pieces).strip()))
NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
COUNTS = st.integers(0, 2**31)


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    _, text = draw(written(OBJECTS))
    return cut_at(text, draw(PLACES))


@st.composite
def answers(draw: st.DrawFn) -> list[Event]:
    """As models give them: thoughts, then words, then calls, of each some or none."""
    events: list[Event] = []
    if draw(st.booleans()):
        events += map(ReasoningDelta, draw(PIECES))
    calls = draw(st.lists(st.tuples(NAMES, arguments()), max_size=3))
    if not calls or draw(st.booleans()):
        events += map(TextDelta, draw(TEXTS))
    for number, (name, pieces) in enumerate(calls):
        events += [CallBegun(f"call_{number}", name), *map(ArgumentsDelta, pieces)]
    usual: FinishReason = "tool_calls" if calls else "stop"
    cut: Sequence[FinishReason] = () if calls else ("length", "content_filter")
    reason = draw(st.sampled_from([usual, *cut]))
    return [*events, Finish(reason, Usage(draw(COUNTS), draw(COUNTS)))]


def meant(events: Sequence[Event]) -> Answer:
    """What any client has to learn from it."""
    calls: list[tuple[CallBegun, list[str]]] = []
    for event in events:
        if isinstance(event, CallBegun):
            calls.append((event, []))
        elif isinstance(event, ArgumentsDelta):
            calls[-1][1].append(event.text)
    *_, finish = events
    assert isinstance(finish, Finish)
    assert finish.usage
    return Answer(
        "".join(event.text for event in events if isinstance(event, TextDelta)),
        tuple((call.id, call.name, means("".join(told))) for call, told in calls),
        (finish.usage.input_tokens, finish.usage.output_tokens),
        finish.reason,
    )


def again(message: Message, answer: Answer) -> list[Event]:
    """What was remembered, as if a model said it now."""
    usage, reason = answer.usage, answer.reason
    events: list[Event] = [TextDelta(message.text)] if message.text else []
    for call in message.tool_calls:
        events += [CallBegun(call.id, call.name), ArgumentsDelta(call.arguments)]
    return [*events, Finish(reason, Usage(*usage))]  # type: ignore[arg-type]


@fuzzed(answers(), PLACES)
def test_a_stream_says_the_same_however_the_model_paused(
    events: list[Event], places: list[int]
) -> None:
    order = [*range(len(events))]
    ends = sorted(place % (len(order) + 1) for place in places)
    batches = [events[a:b] for a, b in zip([0, *ends], [*ends, len(events)], strict=True)]
    for dialect in DIALECTS:
        assert dialect.read(dialect.streamed(batches)) == meant(events)


@fuzzed(answers(), st.sampled_from([*permutations(DIALECTS)]))
def test_a_chat_may_go_from_dialect_to_dialect_and_back(
    events: list[Event], way: tuple[Dialect, ...]
) -> None:
    """chat -> responses -> chat, chat -> messages -> chat, and every other way round."""
    answer, told = meant(events), events
    for dialect in (*way, way[0]):
        body = dialect.whole(told)
        assert dialect.read(body) == answer
        told = again(remembered(dialect.history(body)), answer)
        assert meant(told) == answer
