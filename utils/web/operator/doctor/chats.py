"""What 1min.ai answers, and what of it the relay makes. Most of it costs credits."""

from __future__ import annotations

from collections.abc import Callable

from utils.domain.catalog import USUAL_PAINTERS
from utils.domain.chat import Chat
from utils.domain.files import TEXT, File
from utils.domain.media import Picture, Speech
from utils.domain.payers import Balance
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
from utils.web.operator.doctor.course import Account, Course, advised, deviating
from utils.web.operator.doctor.findings import Finding, Skipped, failure
from utils.web.operator.doctor.mending import MORE_CREDITS, OTHER_MODEL
from utils.web.operator.doctor.patient import Patient

QUESTIONS = 5  # besides one for each key: streaming, tools, structure, native, a running relay
FEW = 50_000  # credits, about what a picture takes
NOTE = File(b"A note of the relay's doctor.", TEXT, "doctor.txt")


class Chats:
    def __init__(self, patient: Patient) -> None:
        self._relay = patient.relay
        self._onemin = patient.onemin

    def cost(self, media: bool, course: Course) -> Finding:
        """Told before anything is paid. What a sound or a picture costs no list tells."""
        model, calls = course.chat_model(), len(course.accepted) + QUESTIONS
        course.account()
        price = model.credits(calls * READ, calls * WRITTEN) if model else None
        about = "nobody tells its price" if price is None else f"about {price:,.0f} credits"
        besides = ", and a sound and a picture besides" if media else ""
        return Finding(f"{calls} short chats with {course.model}: {about}{besides}")

    def credits(self, account: Account, course: Course) -> Finding:
        """Told with an answer alone. What failed otherwise, `chat` tells."""
        course.check_reach()
        if account not in course.accepted:
            raise Skipped("1min.ai does not accept this key")
        with self._onemin.noting() as notes:
            try:
                finding = self._greeted(account, course)
            except OutOfCredit:
                course.broke += (account,)
                return Finding("none are left", "failed", MORE_CREDITS)
            except RelayError as error:
                finding = failure(error)
        course.chat = course.chat or deviating(finding, notes.deviations)
        if finding.status == "failed":
            raise Skipped("1min.ai tells them with an answer, and there was none")
        return _left(notes.balance)

    def _greeted(self, account: Account, course: Course) -> Finding:
        usage = self._asked(greeting, account, course).reply.finish.usage
        counted = "counted by 1min.ai" if usage and usage.source == "upstream" else "estimated"
        return Finding(f"{course.model} answers; its tokens are {counted}")

    def chat(self, course: Course) -> Finding:
        course.payer()
        course.chat_model()
        if not course.chat:
            raise Skipped("nobody could be asked")
        return course.chat

    def streaming(self, course: Course) -> Finding:
        answer = self._asked(counting, course.payer(), course)
        if answer.pieces < 2:
            seen = "the whole answer came at once"
            mended = "Look for a proxy on the way to 1min.ai that holds event streams back."
            return Finding(seen, "warning", mended)
        return Finding(f"words came in {answer.pieces} pieces, and the end was said")

    def tools(self, course: Course) -> Finding:
        answer = self._asked(weather, course.payer(), course)
        if not calls_the_tool(answer.reply):
            return Finding("no call came, or not as it was declared", "failed", OTHER_MODEL)
        return Finding(f"a call came, with arguments as declared{_twice(answer)}")

    def structure(self, course: Course) -> Finding:
        answer = self._asked(form, course.payer(), course)
        if not fits(answer.reply.text):
            return Finding("no JSON came, or not as asked for", "failed", OTHER_MODEL)
        return Finding(f"JSON came, as asked for{_twice(answer)}")

    def upload(self, course: Course) -> Finding:
        """It costs nothing. 1min.ai's API knows no way to remove it again."""
        waited(self._onemin.uploaded(NOTE, course.account().key))
        return Finding(f"a file of {len(NOTE.data)} bytes was taken, and stays in the account")

    def speech(self, course: Course) -> Finding:
        model = self._relay.config.default_speech_model
        asked = Speech(text="Hello.", model=model)
        spoken = waited(self._relay.upstream.speech(asked, course.payer().payer))
        try:
            size = sum(map(len, spoken.pieces))
        finally:
            spoken.close()
        course.spent.book([spoken.usage])
        return Finding(f"{model} speaks: {size} bytes of {spoken.format}")

    def picture(self, course: Course) -> Finding:
        asked = Picture(prompt="A red dot on white.", model=self._painter(course))
        upstream = self._relay.upstream
        drawn = waited(waited(upstream.order(asked, course.payer().payer)).work)
        course.spent.book([drawn.usage])
        data = waited(upstream.picture(drawn.urls[0]))
        return Finding(f"{asked.model} draws: {len(data)} bytes")

    def native(self, course: Course) -> Finding:
        """By 1min.ai's OpenAI-compatible chat; and so which ONE_MIN_CHAT is the best."""
        key, mode = course.payer().key, self._relay.config.one_min_chat
        ids = course.native
        if not ids:
            raise Skipped("no model may be asked there")
        model = course.model if course.model in ids else ids[0]
        try:
            batches = self._onemin.native_chat(weather(model), key)
            answer = answered(batches, course.spent)
        except RelayError as error:
            return advised(f"{model} cannot be asked there: {error.message}", "unify", mode)
        if not calls_the_tool(answer.reply):
            return advised(f"{model} calls no tool there", "unify", mode)
        return advised(f"{model} calls tools by itself there", "auto", mode)

    def _asked(
        self, question: Callable[[str], Chat], account: Account, course: Course
    ) -> Answer:
        """As a client's would be, by the ONE_MIN_CHAT that is set."""
        model = course.chat_model()
        asked = question(course.model)
        batches = self._relay.upstream.chat(asked, model, account.payer)
        return answered(batches, course.spent)

    def _painter(self, course: Course) -> str:
        models = course.catalog.models if course.catalog else {}
        for name in (self._relay.config.default_image_model, *USUAL_PAINTERS):
            if name in models:
                return name
        raise Skipped("no model is known that draws")


def _left(balance: Balance | None) -> Finding:
    if balance is None:
        return Finding("this chat does not tell them")
    if balance.limit is None:
        return Finding(f"{balance.used:,.0f} are used; how many there are was not told")
    left = max(0, balance.limit - balance.used)
    if left < FEW:
        return Finding(f"{left:,.0f} are left", "warning", MORE_CREDITS)
    return Finding(f"{left:,.0f} are left")


def _twice(answer: Answer) -> str:
    return ", once the model was asked again" if answer.corrected else ""
