"""The simulator itself: its scripts, and what it remembers of its calls."""

from __future__ import annotations

from types import TracebackType

from simulator.assets.links import HOST_PATH
from simulator.calls import Call, Calls, Route
from simulator.delivery import deliver
from simulator.http import Connection, Gone, Request
from simulator.listener import Listener
from simulator.replies import Reply, Script
from simulator.routes import CHAT, FEATURES, NATIVE, UPLOADS, Routes
from simulator.uploads import Upload, uploads


class Simulator:
    """Serves from the start until `close`. `pace`: milliseconds between ordinary events.

    `native_usage`: whether /openai/v1 counts tokens, which 1min.ai may or may not do.
    """

    def __init__(  # noqa: PLR0913  # the settings of its command
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        pace: float = 0,
        rate_limit: int | None = None,
        remember_calls: int = 10_000,
        native_usage: bool = False,
    ) -> None:
        self._routes = Routes(
            pace=pace / 1000, rate_limit=rate_limit, native_usage=native_usage
        )
        self._calls = Calls(remember_calls) if remember_calls else None
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
    def asset_url(self) -> str:
        """What stands for https://asset.1min.ai: a file's key follows it."""
        return self.url + HOST_PATH.rstrip("/")

    @property
    def calls(self) -> list[Call]:
        return self._calls.all() if self._calls else []

    @property
    def chats(self) -> list[Call]:
        return self._calls_to(CHAT)

    @property
    def features(self) -> list[Call]:
        return self._calls_to(FEATURES)

    @property
    def native_calls(self) -> list[Call]:
        return self._calls_to(NATIVE)

    @property
    def uploads(self) -> list[Upload]:
        return list(uploads(self._calls_to(UPLOADS)))

    def script(self, *replies: Script) -> None:
        """Answer the next chats with these, one each, whatever they ask."""
        self._routes.chat.extend(replies)

    def script_features(self, *replies: Script) -> None:
        self._routes.features.extend(replies)

    def script_models(self, *replies: Reply) -> None:
        self._routes.models.extend(replies)

    def script_assets(self, *replies: Reply) -> None:
        """For uploads; `assets.endpoint.CORRUPT` is the failure that a retry mends."""
        self._routes.uploads.extend(replies)

    def script_downloads(self, *replies: Reply) -> None:
        """For the asset host."""
        self._routes.downloads.extend(replies)

    def script_results(self, *replies: Reply) -> None:
        self._routes.results.extend(replies)

    def script_native(self, *replies: Reply) -> None:
        self._routes.native.extend(replies)

    def script_native_models(self, *replies: Reply) -> None:
        self._routes.native_models.extend(replies)

    def wait_for_calls(self, number: int, timeout: float = 5.0) -> list[Call]:
        return self._remembered().wait(number, timeout, lambda call: True)

    def wait_for_chats(self, number: int, timeout: float = 5.0) -> list[Call]:
        return self._remembered().wait(number, timeout, lambda call: call.route == CHAT)

    def wait_for_features(self, number: int, timeout: float = 5.0) -> list[Call]:
        return self._remembered().wait(number, timeout, lambda call: call.route == FEATURES)

    def close_idle_connections(self) -> None:
        self._listener.close_idle()

    def close(self) -> None:
        self._listener.close()

    def _calls_to(self, route: Route) -> list[Call]:
        return [call for call in self.calls if call.route == route]

    def _remembered(self) -> Calls:
        if self._calls is None:
            raise RuntimeError("this simulator does not remember its calls")
        return self._calls

    def _serve(self, request: Request, connection: Connection) -> bool:
        call = Call.of(request) if self._calls else None
        if self._calls and call:
            self._calls.add(call)
        try:
            kept = deliver(self._routes.answer(request), connection, request.lasting)
        except Gone:
            if call and not self._listener.closing:
                call.hung_up.set()
            return False
        if call:
            call.answered.set()
        return kept
