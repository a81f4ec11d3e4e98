"""Everybody who answers: 1min.ai, and the servers that relay.yaml names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from utils.domain.catalog import Model, unable
from utils.domain.chat import Batches, Chat
from utils.domain.drawings import Drawing, Order
from utils.domain.embeddings import Embedded, Embedding
from utils.domain.media import Picture, Speech
from utils.domain.passing import Passed, Passing
from utils.domain.payers import Payer
from utils.domain.spoken import Spoken
from utils.domain.transcripts import Listening, Transcript
from utils.domain.videos import Progress, Shot, Started, VideoFile
from utils.errors import ModelNotFound
from utils.relay_file import Backend
from utils.waiting import Waiting

State = Mapping[str, str]  # of each model: closed, open or half-open, as its breaker is


class OneMin(Protocol):
    """1min.ai: what only it can do, and what callers pay for with keys of their own."""

    def chat(self, asked: Chat, model: Model | None, payer: Payer) -> Batches: ...
    def order(self, asked: Drawing, payer: Payer) -> Waiting[Order]: ...
    def picture(self, url: str) -> Waiting[bytes]: ...
    def speech(self, asked: Speech, payer: Payer) -> Waiting[Spoken]: ...
    def transcript(self, asked: Listening, payer: Payer) -> Waiting[Transcript]: ...
    def video(self, asked: Shot, payer: Payer) -> Waiting[Started]: ...
    def video_progress(self, call: str, payer: Payer) -> Waiting[Progress]: ...
    def video_file(self, url: str) -> Waiting[VideoFile]: ...
    def accepts(self, payer: Payer) -> Waiting[bool]: ...
    def close(self) -> None: ...


class Server(Protocol):
    """One that has models of its own. It is asked with the operator's key, never a caller's;
    `owner` is whose call it is.
    """

    @property
    def models(self) -> Sequence[Model]: ...
    def chat(self, asked: Chat, model: Model, owner: str) -> Batches: ...
    def embed(self, asked: Embedding, model: Model, owner: str) -> Waiting[Embedded]: ...
    def passed(self, asked: Passing, model: Model, owner: str) -> Waiting[Passed]: ...


class Servers(Protocol):
    """Those of any relay.yaml, the last one's connected."""

    def of(self, backends: Mapping[str, Backend]) -> Mapping[str, Server]: ...
    def state(self) -> Mapping[str, State]: ...
    def close(self) -> None: ...


class Backends:
    """Whoever has the model is asked. Shared by all threads."""

    def __init__(
        self,
        onemin: OneMin,
        servers: Servers,
        always: Mapping[str, Server],
        named: Mapping[str, Server] | None = None,
    ) -> None:
        """`always` are there whatever relay.yaml names."""
        self._onemin = onemin
        self._servers = servers
        self._always = always
        self._named = named or always
        self.models = {
            model.id: model for server in self._named.values() for model in server.models
        }

    def following(self, backends: Mapping[str, Backend]) -> Backends:
        """The same with these servers."""
        named = {**self._servers.of(backends), **self._always}
        return Backends(self._onemin, self._servers, self._always, named)

    def state(self) -> Mapping[str, State]:
        return self._servers.state()

    def chat(self, asked: Chat, model: Model | None, payer: Payer) -> Batches:
        if model is None or not model.backend:
            return self._onemin.chat(asked, model, payer)
        if not model.chat:
            raise unable(model.id, "chat")
        return self._named[model.backend].chat(asked, model, payer.owner)

    def embed(self, asked: Embedding, model: Model, owner: str) -> Waiting[Embedded]:
        return self._named[model.backend].embed(asked, model, owner)

    def passed(self, asked: Passing, model: Model, owner: str) -> Waiting[Passed]:
        """A request as it came, for a model that a server has."""
        return self._named[model.backend].passed(asked, model, owner)

    def order(self, asked: Drawing, payer: Payer) -> Waiting[Order]:
        picture = asked if isinstance(asked, Picture) else asked.picture
        return self._of(picture.model).order(asked, payer)

    def picture(self, url: str) -> Waiting[bytes]:
        return self._onemin.picture(url)

    def speech(self, asked: Speech, payer: Payer) -> Waiting[Spoken]:
        return self._of(asked.model).speech(asked, payer)

    def transcript(self, asked: Listening, payer: Payer) -> Waiting[Transcript]:
        return self._of(asked.recording.model).transcript(asked, payer)

    def video(self, asked: Shot, payer: Payer) -> Waiting[Started]:
        return self._of(asked.model).video(asked, payer)

    def video_progress(self, call: str, payer: Payer) -> Waiting[Progress]:
        return self._onemin.video_progress(call, payer)

    def video_file(self, url: str) -> Waiting[VideoFile]:
        return self._onemin.video_file(url)

    def accepts(self, payer: Payer) -> Waiting[bool]:
        return self._onemin.accepts(payer)

    def close(self) -> None:
        self._onemin.close()
        self._servers.close()

    def _of(self, model: str) -> OneMin:
        """1min.ai, for what other servers are only handed as it came."""
        if model in self.models:
            raise ModelNotFound(
                f"The model {model!r} can only be asked for itself, and by its own name.",
                param="model",
                code="model_not_supported",
            )
        return self._onemin
