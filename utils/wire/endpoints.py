"""What each endpoint takes, and in which forms it answers: what its OpenAPI document tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.wire import (
    embeddings,
    files,
    images,
    keys,
    moderations,
    recent_calls,
    rerank,
    uploads,
    usage,
    videos,
)
from utils.wire.assistants import lists, threads
from utils.wire.assistants.assistants import AssistantFields
from utils.wire.assistants.messages import NewMessage
from utils.wire.assistants.runs import NewRun, NewThreadAndRun, ToolOutputs
from utils.wire.audio.listening import Transcription, Translation
from utils.wire.audio.speech import SpeechRequest
from utils.wire.body import Body
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.completions import Completions
from utils.wire.conversations import Changes, ItemPage, NewConversation, NewItems
from utils.wire.fields import Fields
from utils.wire.messages.dialect import CountTokens, Messages
from utils.wire.responses.compaction import Compaction, InputTokens
from utils.wire.responses.dialect import Responses
from utils.wire.responses.stored import Retrieval
from utils.wire.spreadsheet import CSV

Example = Mapping[str, Any]

JSON, EVENTS, TEXT, ANY = "application/json", "text/event-stream", "text/plain", "*/*"
PAGE = "text/html"
WHOLE, STREAMED, TABLE = (JSON,), (JSON, EVENTS), (JSON, CSV)


HELLO: Example = {"messages": [{"role": "user", "content": "Hello!"}]}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`example` is a body to try; `files` are the fields of the form that hold files."""

    body: type[Body] | None = None
    example: Example | None = None
    form: type[Fields] | None = None
    files: tuple[str, ...] = ()
    query: type[Fields] | None = None
    answers: tuple[str, ...] = WHOLE
    needs_body: bool = True


_PAGED = Endpoint(query=lists.Listing)
_HTML = Endpoint(answers=(PAGE,))
_CHANGED = Endpoint(threads.Changes)
_LISTENED = (JSON, TEXT, EVENTS)
_PICTURES = ("image", "image[]", "mask")

# Those that are not named take nothing but what is in their path.
ENDPOINTS: Mapping[str, Endpoint] = {
    "POST /v1/chat/completions": Endpoint(ChatCompletions, HELLO, answers=STREAMED),
    "POST /v1/completions": Endpoint(Completions, {"prompt": "Hello!"}, answers=STREAMED),
    "POST /v1/messages": Endpoint(Messages, {"max_tokens": 500, **HELLO}, answers=STREAMED),
    "POST /v1/messages/count_tokens": Endpoint(CountTokens, HELLO),
    "POST /v1/responses": Endpoint(Responses, {"input": "Hello!"}, answers=STREAMED),
    "GET /v1/responses/{id}": Endpoint(query=Retrieval, answers=STREAMED),
    "GET /v1/responses/{id}/input_items": Endpoint(query=ItemPage),
    "POST /v1/responses/input_tokens": Endpoint(InputTokens, {"input": "Hello!"}),
    "POST /v1/responses/compact": Endpoint(Compaction),
    "POST /v1/conversations": Endpoint(NewConversation),
    "POST /v1/conversations/{id}": Endpoint(Changes),
    "POST /v1/conversations/{id}/items": Endpoint(NewItems),
    "GET /v1/conversations/{id}/items": Endpoint(query=ItemPage),
    "POST /v1/images/generations": Endpoint(
        images.ImageGeneration, {"prompt": "A cat in the sun"}, answers=STREAMED
    ),
    "POST /v1/images/edits": Endpoint(
        images.ImageEdit, form=images.ImageEdit, files=_PICTURES, answers=STREAMED
    ),
    "POST /v1/images/variations": Endpoint(form=images.ImageVariation, files=("image",)),
    "POST /v1/audio/speech": Endpoint(
        SpeechRequest, {"input": "Hello!"}, answers=(ANY, EVENTS)
    ),
    "POST /v1/audio/transcriptions": Endpoint(
        form=Transcription, files=("file",), answers=_LISTENED
    ),
    "POST /v1/audio/translations": Endpoint(
        form=Translation, files=("file",), answers=_LISTENED
    ),
    "POST /v1/files": Endpoint(form=files.Upload, files=("file",)),
    "GET /v1/files": Endpoint(query=files.Listing),
    "GET /v1/files/{id}/content": Endpoint(answers=(ANY,)),
    "POST /v1/uploads": Endpoint(uploads.UploadCreation),
    "POST /v1/uploads/{id}/parts": Endpoint(form=Fields, files=("data",)),
    "POST /v1/uploads/{id}/complete": Endpoint(uploads.UploadCompletion),
    "POST /v1/embeddings": Endpoint(embeddings.EmbeddingsRequest, {"input": "Hello!"}),
    "POST /v1/moderations": Endpoint(moderations.ModerationRequest),
    "POST /v1/rerank": Endpoint(rerank.RerankRequest),
    "POST /v1/assistants": Endpoint(AssistantFields),
    "GET /v1/assistants": _PAGED,
    "POST /v1/assistants/{id}": Endpoint(AssistantFields),
    "POST /v1/threads": Endpoint(threads.NewThread, needs_body=False),
    "POST /v1/threads/{id}": Endpoint(threads.ThreadChanges),
    "POST /v1/threads/{id}/messages": Endpoint(NewMessage),
    "GET /v1/threads/{id}/messages": _PAGED,
    "POST /v1/threads/{id}/messages/{message}": _CHANGED,
    "POST /v1/threads/runs": Endpoint(NewThreadAndRun, answers=STREAMED),
    "POST /v1/threads/{thread}/runs": Endpoint(NewRun, answers=STREAMED),
    "GET /v1/threads/{thread}/runs": _PAGED,
    "POST /v1/threads/{thread}/runs/{id}": _CHANGED,
    "POST /v1/threads/{thread}/runs/{id}/submit_tool_outputs": Endpoint(
        ToolOutputs, answers=STREAMED
    ),
    "GET /v1/threads/{thread}/runs/{id}/steps": _PAGED,
    "POST /v1/videos": Endpoint(
        videos.VideoCreation, form=videos.VideoCreation, files=(videos.REFERENCE,)
    ),
    "GET /v1/videos": Endpoint(query=videos.Listing),
    "GET /v1/videos/{id}/content": Endpoint(query=videos.Download, answers=(ANY,)),
    "GET /v1/usage": Endpoint(query=usage.OwnUsage),
    "GET /admin/keys": Endpoint(query=keys.Listing),
    "POST /admin/keys": Endpoint(keys.NewKey),
    "PATCH /admin/keys/{id}": Endpoint(keys.KeyChanges),
    "GET /admin/usage": Endpoint(query=usage.AllUsage, answers=TABLE),
    "GET /admin/calls": Endpoint(query=recent_calls.Listing, answers=TABLE),
    "GET /metrics": Endpoint(answers=(ANY,)),
    "GET /": Endpoint(answers=(JSON, PAGE)),
    "GET /playground": _HTML,
    "GET /dashboard": _HTML,
    "GET /docs": _HTML,
    "GET /static/{place}": Endpoint(answers=(ANY,)),
}
