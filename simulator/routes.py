"""The simulator's endpoints and what a test scripted for each."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.accounts import Accounts
from simulator.admission import Admission
from simulator.assets.endpoint import Assets
from simulator.assets.links import HOST_PATH
from simulator.assets.storage import Storage
from simulator.calls import Route
from simulator.catalog import Catalog
from simulator.chat import Chat
from simulator.features.endpoint import RESULTS_PATH, Features
from simulator.http import Request
from simulator.native.endpoint import Native
from simulator.replies import JSON, Reply, html, refusal
from simulator.scripts import Handler, Scripted

CHAT = ("POST", "/api/chat-with-ai")
FEATURES = ("POST", "/api/features")
UPLOADS = ("POST", "/api/assets")
MODELS = ("GET", "/models")
NATIVE = ("POST", "/openai/v1/chat/completions")


class Routes:
    def __init__(self, *, pace: float, rate_limit: int | None, native_usage: bool) -> None:
        admission, storage = Admission(Accounts(), rate_limit), Storage()
        chat, features = Chat(admission, storage, pace), Features(admission, storage)
        assets, native = Assets(admission, storage), Native(admission, pace, native_usage)
        self.chat = Scripted(chat.answer, chat.loosely)
        self.features = Scripted(features.answer, features.loosely)
        self.models = Scripted(models)
        self.uploads = Scripted(assets.upload)
        self.downloads = Scripted(assets.download)
        self.results = Scripted(features.result)
        self.native = Scripted(native.complete)
        self.native_models = Scripted(native.models)
        self._exact: Mapping[Route, Handler] = {
            CHAT: self.chat,
            FEATURES: self.features,
            UPLOADS: self.uploads,
            MODELS: self.models,
            NATIVE: self.native,
            ("GET", "/openai/v1/models"): self.native_models,
        }
        self._below: Mapping[str, Handler] = {
            RESULTS_PATH: self.results,
            HOST_PATH: self.downloads,
        }

    def answer(self, request: Request) -> Reply:
        route = self._exact.get((request.method, request.path)) or self._with_name(request)
        if route is None:
            message = f"Cannot {request.method} {request.path}"
            return refusal(404, "HTTP_EXCEPTION", message)
        return route(request)

    def _with_name(self, request: Request) -> Handler | None:
        """The path of one thing: its name follows."""
        if request.method != "GET":
            return None
        below = (way for start, way in self._below.items() if request.path.startswith(start))
        return next(below, None)


def models(request: Request) -> Reply:
    # Cloudflare refuses urllib's own name here (onemin-api.md 1).
    if request.headers.get("user-agent", "").startswith("Python-urllib/"):
        return html(403)
    listing = Catalog.read().listing(request.query.get("feature", ""))
    return Reply(headers=JSON, body=(listing,))
