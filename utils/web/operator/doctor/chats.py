"""What 1min.ai answers, and what of it the relay makes. Most of it costs credits."""

from __future__ import annotations

from collections.abc import Callable

from utils.domain.catalog import USUAL_PAINTERS
from utils.domain.chat import Chat
from utils.domain.files import TEXT, File
from utils.domain.media import Picture, Speech
from utils.errors import OutOfCredit, RelayError
from utils.web.operator.doctor.asking import (
    READ,
    WRITTEN,
    Answer,
    answered,
    calls_the_tool,
    counting,
    fits,
    form,
    greeting,
    waited,
    weather,
)
from utils.web.operator.doctor.course import Account, Course, advised
from utils.web.operator.doctor.findings import Finding, Skipped
from utils.web.operator.doctor.mending import mend
from utils.web.operator.doctor.patient import Patient

QUESTIONS = 5  # besides one for each key: streaming, tools, structure, native, a running relay
FEW = 50_000  # credits, about what a picture takes
OTHER_MODEL = "Try --model with another one: how well a model obeys is up to it."
NOTE = File(b"A note of the relay's doctor.", TEXT, "doctor.txt")


class Chats:
    def __init__(self, patient: Patient, course: Course) -> None:
        self._relay = patient.relay
        self._onemin = patient.onemin
        self._course = course
        self._first: Callable[[], Answer] | None = None

    def cost(self, media: bool) -> Finding:
        """Told before anything is paid. What a sound or a picture costs no list tells."""
        model, calls = self._course.chat_model(), len(self._course.accepted) + QUESTIONS
        self._course.account()
        price = model.credits(calls * READ, calls * WRITTEN) if model else None
        about = "nobody tells its price" if price is None else f"about {price:,.0f} credits"
        besides = ", and a sound and a picture besides" if media else ""
        return Finding(f"{calls} short chats with {self._course.model}: {about}{besides}")

    def credits(self, account: Account) -> Finding:
        """Told with an answer alone. What failed otherwise, `chat` tells."""
        self._course.check_reach()
        if account not in self._course.accepted:
            raise Skipped("1min.ai does not accept this key")
        self._onemin.forget_balance()
        try:
            answer = self._asked(greeting, account)
        except RelayError as error:
            self._keep(account, error)
            if isinstance(error, OutOfCredit):
                self._course.broke.append(account)
                return Finding("none are left", "failed", mend(error))
            raise Skipped("1min.ai tells them with an answer, and there was none") from None
        self._keep(account, answer)
        return _left(self._onemin.balance())

    def _keep(self, account: Account, outcome: Answer | RelayError) -> None:
        """What the first account that can pay was answered."""
        if isinstance(outcome, OutOfCredit) or self._first:
            return

        def first() -> Answer:
            if isinstance(outcome, RelayError):
                raise outcome
            return outcome

        self._first = first

    def chat(self) -> Finding:
        self._course.payer()
        self._course.chat_model()
        if not self._first:
            raise Skipped("nobody could be asked")
        answer = self._first()
        usage = answer.reply.finish.usage
        counted = "counted by 1min.ai" if usage and usage.source == "upstream" else "estimated"
        return Finding(f"{self._course.model} answers; its tokens are {counted}")

    def streaming(self) -> Finding:
        answer = self._asked(counting, self._course.payer())
        if answer.pieces < 2:
            seen = "the whole answer came at once"
            mended = "Look for a proxy on the way to 1min.ai that holds event streams back."
            return Finding(seen, "warning", mended)
        return Finding(f"words came in {answer.pieces} pieces, and the end was said")

    def tools(self) -> Finding:
        answer = self._asked(weather, self._course.payer())
        if not calls_the_tool(answer.reply):
            return Finding("no call came, or not as it was declared", "failed", OTHER_MODEL)
        return Finding(f"a call came, with arguments as declared{_twice(answer)}")

    def structure(self) -> Finding:
        answer = self._asked(form, self._course.payer())
        if not fits(answer.reply.text):
            return Finding("no JSON came, or not as asked for", "failed", OTHER_MODEL)
        return Finding(f"JSON came, as asked for{_twice(answer)}")

    def upload(self) -> Finding:
        """It costs nothing. 1min.ai's API knows no way to remove it again."""
        waited(self._onemin.uploaded(NOTE, self._course.account().key))
        return Finding(f"a file of {len(NOTE.data)} bytes was taken, and stays in the account")

    def speech(self) -> Finding:
        model = self._relay.config.default_speech_model
        asked = Speech(text="Hello.", model=model)
        spoken = waited(self._relay.upstream.speech(asked, self._course.payer().payer))
        try:
            size = sum(map(len, spoken.pieces))
        finally:
            spoken.close()
        self._course.spent.book([spoken.usage])
        return Finding(f"{model} speaks: {size} bytes of {spoken.format}")

    def picture(self) -> Finding:
        asked = Picture(prompt="A red dot on white.", model=self._painter())
        upstream = self._relay.upstream
        drawn = waited(waited(upstream.order(asked, self._course.payer().payer)).work)
        self._course.spent.book([drawn.usage])
        data = waited(upstream.picture(drawn.urls[0]))
        return Finding(f"{asked.model} draws: {len(data)} bytes")

    def native(self) -> Finding:
        """By 1min.ai's OpenAI-compatible chat; and so which ONE_MIN_CHAT is the best."""
        key, mode = self._course.payer().key, self._relay.config.one_min_chat
        ids = self._course.native
        if not ids:
            raise Skipped("no model may be asked there")
        model = self._course.model if self._course.model in ids else ids[0]
        try:
            batches = self._onemin.native_chat(weather(model), key)
            answer = answered(batches, self._course.spent)
        except RelayError as error:
            return advised(f"{model} cannot be asked there: {error.message}", "unify", mode)
        if not calls_the_tool(answer.reply):
            return advised(f"{model} calls no tool there", "unify", mode)
        return advised(f"{model} calls tools by itself there", "auto", mode)

    def _asked(self, question: Callable[[str], Chat], account: Account) -> Answer:
        """As a client's would be, by the ONE_MIN_CHAT that is set."""
        model = self._course.chat_model()
        asked = question(self._course.model)
        batches = self._relay.upstream.chat(asked, model, account.payer)
        return answered(batches, self._course.spent)

    def _painter(self) -> str:
        models = self._course.catalog.models if self._course.catalog else {}
        for name in (self._relay.config.default_image_model, *USUAL_PAINTERS):
            if name in models:
                return name
        raise Skipped("no model is known that draws")


def _left(balance: tuple[float, float | None] | None) -> Finding:
    match balance:
        case None:
            return Finding("this chat does not tell them")
        case used, None:
            return Finding(f"{used:,.0f} are used; how many there are was not told")
        case used, float() | int() as limit:
            left = max(0, limit - used)
            seen = f"{left:,.0f} are left"
            if left < FEW:
                return Finding(seen, "warning", mend(OutOfCredit("")))
            return Finding(seen)
    raise AssertionError("a balance is one of these")


def _twice(answer: Answer) -> str:
    return ", once the model was asked again" if answer.corrected else ""
