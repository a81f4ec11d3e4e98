"""The simulator itself: routes, scripts, and what it remembers of its calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType

from simulator.accounts import Accounts
from simulator.calls import CHAT, Call, Calls
from simulator.catalog import Catalog
from simulator.chat import Chat
from simulator.delivery import deliver
from simulator.http import Connection, Gone, Request
from simulator.listener import Listener
from simulator.replies import JSON, Reply, Script, html, refusal


class Simulator:
    """Serves from the start until `close`. `pace`: milliseconds between ordinary events."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        pace: float = 0,
        rate_limit: int | None = None,
        remember_calls: int = 10_000,
    ) -> None:
        self._chat = Chat(Accounts(), pace / 1000, rate_limit)
        self._catalog = Catalog.read()
        self._calls = Calls(remember_calls) if remember_calls else None
        self._chat_scripts = deque[Script]()
        self._models_scripts = deque[Reply]()
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            CHAT: self._chat_reply,
            ("GET", "/models"): self._models_reply,
        }
        self._listener = Listener(self._serve, host, port)
        self._listener.start()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://{self._listener.host}:{self._listener.port}"

    @property
    def calls(self) -> list[Call]:
        return self._calls.all() if self._calls else []

    @property
    def chats(self) -> list[Call]:
        return [call for call in self.calls if call.is_chat]

    def script(self, *replies: Script) -> None:
        """Answer the next chats with these, one each, whatever they ask."""
        self._chat_scripts.extend(replies)

    def script_models(self, *replies: Reply) -> None:
        self._models_scripts.extend(replies)

    def wait_for_calls(self, number: int, timeout: float = 5.0) -> list[Call]:
        return self._remembered().wait(number, timeout, lambda call: True)

    def wait_for_chats(self, number: int, timeout: float = 5.0) -> list[Call]:
        return self._remembered().wait(number, timeout, lambda call: call.is_chat)

    def close_idle_connections(self) -> None:
        self._listener.close_idle()

    def close(self) -> None:
        self._listener.close()

    def _remembered(self) -> Calls:
        if self._calls is None:
            raise RuntimeError("this simulator does not remember its calls")
        return self._calls

    def _serve(self, request: Request, connection: Connection) -> bool:
        call = Call.of(request) if self._calls else None
        if self._calls and call:
            self._calls.add(call)
        try:
            kept = deliver(self._reply(request), connection, request.lasting)
        except Gone:
            if call and not self._listener.closing:
                call.hung_up.set()
            return False
        if call:
            call.answered.set()
        return kept

    def _reply(self, request: Request) -> Reply:
        route = self._routes.get((request.method, request.path))
        if route is None:
            message = f"Cannot {request.method} {request.path}"
            return refusal(404, "HTTP_EXCEPTION", message)
        return route(request)

    def _chat_reply(self, request: Request) -> Reply:
        try:
            script = self._chat_scripts.popleft()
        except IndexError:
            return self._chat.answer(request)
        return script if isinstance(script, Reply) else script(self._chat.loosely(request))

    def _models_reply(self, request: Request) -> Reply:
        try:
            return self._models_scripts.popleft()
        except IndexError:
            pass
        # Cloudflare refuses urllib's own name here (onemin-api.md 1).
        if request.headers.get("user-agent", "").startswith("Python-urllib/"):
            return html(403)
        return Reply(
            headers=JSON, body=(self._catalog.listing(request.query.get("feature", "")),)
        )
