"""Text that a model writes, read as it arrives for the tool calls in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from utils.domain.chat import Event, TextDelta, ToolCall
from utils.domain.loose_json import IN_OBJECT, Reading, Source, Unreadable, value
from utils.domain.object_writer import Misfit
from utils.domain.tool_calls import habits, openers
from utils.domain.tool_calls.frame import TAG, Frame
from utils.domain.tool_calls.teller import BROKEN_OFF, Teller, Unusable
from utils.domain.tool_calls.toolbox import Toolbox

MOST_IN_VAIN = 100_000  # letters that are read once more, after what began like a call


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an answer has to keep to. `given` is what the model was told: a foreign call that
    stands in it is a quotation. Without `live`, nobody reads along, and each call is told once
    it is whole.
    """

    required: bool = False
    several: bool = True
    live: bool = True
    given: Sequence[str] = ()


class CallReader:
    """Text in, events out: prose at once, a call's arguments as they come.

    After a call that cannot be carried out, `problem` says why, and all later text waits until
    `resume` is told the calls that a second answer put in its place.
    """

    def __init__(
        self, frame: Frame, toolbox: Toolbox, ids: Callable[[], str], rules: Rules
    ) -> None:
        self.problem: Unusable | None = None
        self._frame = frame
        self._toolbox = toolbox
        self._rules = rules
        self._source = Source()
        self._teller = Teller(toolbox, ids)
        self._openers = openers.ANY
        self._in_vain = 0  # letters read after what turned out to begin no call
        self._fenced = False
        self._idle = False  # all was read, and no call has begun
        self._waiting: list[_Found] = []  # behind a foreign call that had a problem
        self._reading = self._answer()

    @property
    def called(self) -> bool:
        return self._teller.called

    def feed(self, text: str) -> list[Event]:
        source = self._source
        source.feed(text)
        if self._idle and self._is_usual(text):
            source.at = len(source.text)
            return [TextDelta(text)]
        return self._advance()

    def _is_usual(self, text: str) -> bool:
        """Whether it needs no thought: nothing waits before it, and no call begins in it."""
        source, start = self._source, len(self._source.text) - len(text)
        hint = source.at != start or openers.HINT.search(source.text, start)
        return not hint and bool(text) and not text[-1].isspace()

    def end(self, *, truncated: bool) -> list[Event]:
        """`truncated`: the model was stopped, and what it left unfinished stays so."""
        self._source.ended, self._source.truncated = True, truncated
        return self._advance()

    def resume(self, calls: Sequence[ToolCall]) -> list[Event]:
        """Go on after a problem, with these calls in place of the one that had it and of all
        later ones that have one.

        Raises Unusable when they do not fit what had already been told of it.
        """
        self.problem = None
        self._teller.correct(calls)
        self._reading = self._rest()
        return self._advance()

    def _advance(self) -> list[Event]:
        if not self.problem:
            try:
                next(self._reading)
            except StopIteration:
                pass
            except Unusable as problem:
                self.problem = problem
        return self._teller.events()

    def _rest(self) -> Reading[None]:
        """What follows the call that had a problem."""
        if self._waiting:
            self._take_all(self._waiting)
        else:
            self._leave()
        yield from self._answer()

    def _leave(self) -> None:
        """Go on behind a call that could not be read to its end."""
        left = _LEFT.search(self._source.text, self._source.at)
        self._source.at = left.end() if left else len(self._source.text)

    def _answer(self) -> Reading[None]:
        while not self.called or not (yield from self._makes_up_more()):
            opener = yield from self._prose()
            if opener is None:
                break
            if opener["mark"] == self._frame.mark:
                self._source.at = opener.end()
                yield from self._own()
            elif not (yield from self._foreign(opener)):
                continue
            self._fenced = self._fenced or openers.is_fenced(opener)
            if self._fenced and (end := (yield from self._source.match(_FENCE_END))):
                self._source.at, self._fenced = end.end(), False
        if self._rules.required and not self.called and not self._source.truncated:
            raise Unusable("a tool has to be called, and none was")

    def _makes_up_more(self) -> Reading[bool]:
        """Whether the model plays the next turns too; or has made the one call it may make."""
        made_up = yield from self._source.match(_MADE_UP)
        if not made_up and self._rules.several:
            return False
        while not self._source.ended:
            self._source.at = len(self._source.text)
            yield
        return True

    def _prose(self) -> Reading[regex.Match[str] | None]:
        """Pass text on up to the next opener, and return that."""
        source = self._source
        while True:
            while not source.ended and self._is_plain(source.text[source.at :]):
                self._idle = True
                yield
                self._idle = False
            found = self._openers.search(source.text, source.at, partial=not source.ended)
            if not found and source.truncated:  # perhaps within an opener
                found = openers.OWN.search(source.text, source.at, partial=True)
            end = found.start() if found else len(source.text)
            self._say(source.text[source.at : end])
            source.at = end
            if found and not found.partial:
                return found
            if source.ended:
                return None
            yield

    def _is_plain(self, text: str) -> bool:
        """Whether no call begins in it. If so, it passes but for the white space at its end."""
        if text.isspace():
            return True
        if openers.HINT.search(self._source.text, self._source.at):
            return False
        said = text.rstrip()
        self._say(said)
        self._source.at += len(said)
        return True

    def _say(self, text: str) -> None:
        if text and (not self.called or text.strip() or not self._source.ended):
            self._teller.say(text)

    def _own(self) -> Reading[None]:
        source = self._source
        try:
            yield from habits.inside(source, self._take, self._live)
        except (Unreadable, Misfit, Unusable) as error:
            if self._teller.corrected:
                self._leave()
            elif not source.truncated:
                raise _unusable(error) from error
        if not source.cut and (closing := (yield from source.match(_CLOSING))):
            source.at = closing.end()
        elif source.breaks_off(_CLOSING):
            source.at = len(source.text)

    def _live(self, name: str) -> Reading[bool]:
        """Tell a call while its arguments are read, if they begin as they should."""
        begins = (yield from self._source.peek()) == "{"
        if not begins or not self._rules.live or self._teller.corrected:
            return False
        if self._has_enough():
            yield from value(self._source, lambda _: None, IN_OBJECT)
        else:
            yield from self._teller.live(name, self._source)
        return True

    def _take(self, name: str, arguments: str) -> None:
        self._take_all([_Found(name, arguments, self._source.cut)])

    def _take_all(self, found: Sequence[_Found]) -> None:
        """Raises Unusable."""
        for index, call in enumerate(found):
            self._waiting = [*found[index + 1 :]]
            if self._has_enough():
                break
            if not call.cut:
                self._teller.take(call.name, call.arguments)
            elif self._source.truncated:
                self._teller.take_unfinished(call.name, call.arguments)
            else:
                raise Unusable(BROKEN_OFF)

    def _has_enough(self) -> bool:
        return self.called and not self._rules.several

    def _foreign(self, opener: regex.Match[str]) -> Reading[bool]:
        """Read on from an opener; go back where what follows turns out to be no call."""
        source, found, broken = self._source, list[_Found](), False
        source.kept, source.at = opener.start(), opener.end()
        try:
            yield from openers.grammar(opener, self._is_known)(
                source, opener, lambda name, told: found.append(_Found(name, told, source.cut))
            )
        except Unreadable:
            certain = openers.is_certain(opener)
            found, broken = found if certain else [], certain and source.cut | source.truncated
        start, source.kept = source.kept, None
        text = source.text[start : source.at]
        broken = broken and self._toolbox.mentions(source.text[start:])
        if not (found or broken) or self._is_quoted(text):
            self._pass(start, opener)
            return False
        self._take_all(found)
        if broken:
            source.at = len(source.text)
            if not source.truncated:
                raise Unusable(BROKEN_OFF)
        return True

    def _pass(self, start: int, opener: regex.Match[str]) -> None:
        """The opener is text; what follows is still to be read."""
        source = self._source
        self._in_vain += source.at - start
        if self._in_vain > MOST_IN_VAIN:
            self._openers = openers.OWN
        source.cut = False
        end = start + max(opener.end() - opener.start(), 1)
        self._say(source.text[start:end])
        source.at = end

    def _is_known(self, name: str) -> bool:
        return self._toolbox.declared(name) is not None

    def _is_quoted(self, text: str) -> bool:
        return any(text.strip() in told for told in self._rules.given)


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    arguments: str
    cut: bool


def _unusable(error: Exception) -> Unusable:
    match error:
        case Unusable():
            return error
        case Misfit():
            return Unusable(f"the arguments do not keep to the schema: {error}")
    return Unusable(f"it cannot be read: {error}")


_CLOSE = rf"[\s}}\])`]{{0,64}}</{TAG}(?:_\w{{1,32}})?>"
_CLOSING = regex.compile(_CLOSE)
_LEFT = regex.compile(rf"{_CLOSE}|(?=<{TAG}_\w{{1,32}}\s*>)")
_FENCE_END = regex.compile(r"\s{0,64}+```(?!\w)")
_MADE_UP = regex.compile(
    r"\s{0,64}+(?:#{2,4} (?:\d+\. )?(?:Tool result|User|System)\b"
    r"|</?tool_(?:result|response|output)|<function_result|Observation:|\[TOOL_RESULTS\]|</s>"
    r"|<\|(?:im_start|im_end|start_header_id|eot_id|eom_id|end)\|>)"
)
