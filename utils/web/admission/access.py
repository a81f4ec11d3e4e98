"""Who may call what: the one place where each route says whom it is for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from flask import g

from utils import hubs
from utils.config import Config
from utils.domain.callers import ALL, Caller, Scope
from utils.domain.keys import PREFIX
from utils.domain.owner import owner
from utils.domain.payers import Payer
from utils.errors import Forbidden, Unauthorized
from utils.web.http.request import bearer, current, given_key, is_key
from utils.web.services.services import Services, services


@dataclass(frozen=True, slots=True)
class Access:
    """What a key must be for; None, for anything. A route that `asks` a model is in the ledger.
    One that keeps something before 1min.ai was asked, or asks others, is for `known` callers.
    """

    scope: Scope | None
    asks: bool = False
    known: bool = False


class Open:
    """For everybody, without a key."""


class Admin:
    """For whoever has ADMIN_TOKEN."""


class Guarded:
    """For whoever has ADMIN_TOKEN, where there is one; otherwise for everybody."""


Needs = Access | Admin | Guarded | Open


MISSING = "You didn't provide an API key. Send yours: `Authorization: Bearer KEY`."

# By endpoint, or for all of a blueprint that are not named by themselves.
ACCESS: Mapping[str, Needs] = {
    "admin": Admin(),
    "assistants": Access("assistants:manage", known=True),
    "audio.speech": Access("audio:speech", asks=True),
    "audio.transcriptions": Access("audio:transcribe", asks=True),
    "audio.translations": Access("audio:transcribe", asks=True),
    "conversations": Access("chat:base", known=True),
    "embeddings.create": Access("embeddings:base", asks=True, known=True),
    "embeddings.moderations": Access("moderations:base", asks=True, known=True),
    "embeddings.rerank": Access("rerank:base", asks=True, known=True),
    "files": Access("files:manage", known=True),
    "health": Open(),
    "health.metrics": Guarded(),
    "images": Access("images:generate", asks=True),
    "messages.create": Access("chat:base", asks=True),
    "messages.count_tokens": Access("chat:base"),
    "models": Access("models:read"),
    "openapi": Open(),
    "pages": Open(),
    "responses": Access("chat:base"),
    "responses.create": Access("chat:base", asks=True),
    "responses.compact": Access("chat:base", asks=True),
    "runs": Access("assistants:manage", known=True),
    "runs.create": Access("assistants:manage", asks=True, known=True),
    "runs.create_with_thread": Access("assistants:manage", asks=True, known=True),
    "runs.submit_tool_outputs": Access("assistants:manage", asks=True, known=True),
    "text": Access("chat:base", asks=True),
    "threads": Access("assistants:manage", known=True),
    "uploads": Access("files:manage", known=True),
    "usage": Access(None),
    "videos": Access("videos:generate"),
    "videos.create": Access("videos:generate", asks=True),
}


def needed() -> Needs:
    """What this request needs. An unknown URL is for the 404, whoever asks."""
    endpoint = current().endpoint
    return access(endpoint) if endpoint else Open()


def access(endpoint: str) -> Needs:
    """Raises KeyError for a route that does not say."""
    return ACCESS.get(endpoint) or ACCESS[endpoint.partition(".")[0]]


def may_become_a_call(needs: Needs) -> bool:
    """Whether this request asks a model, which needs as much."""
    return isinstance(needs, Access) and needs.asks and current().method == "POST"


def caller() -> Caller:
    return cast(Caller, g._get_current_object().caller)


def is_guarded(config: Config) -> bool:
    return bool(config.admin_token.get_secret_value())


def check_admin() -> None:
    """Raises Unauthorized for whoever has not ADMIN_TOKEN, which has to be set."""
    relay = services()
    if not _is_admin_token(bearer(), relay):
        relay.limits.request(_stranger())
        raise Unauthorized(
            "Incorrect admin token provided. Send ADMIN_TOKEN: `Authorization: Bearer TOKEN`."
        )


def _is_admin_token(given: str, relay: Services) -> bool:
    token = relay.config.admin_token.get_secret_value()
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def admit(needs: Access) -> None:
    """Whoever calls. Raises Unauthorized, Forbidden, RateLimited, and Unavailable when nobody
    can know.
    """
    g.caller = who = _caller(given_key(), services())
    _narrow(who, needs.scope)


def _narrow(who: Caller, scope: Scope | None) -> None:
    """The request to what its key is for."""
    if scope and scope not in who.grant.scopes:
        raise Forbidden(f"This API key lacks the scope {scope!r}.")
    if who.grant is not ALL:
        relay = services()
        permission = replace(relay.permission, grant=who.grant)
        g.relay = replace(relay, permission=permission)


def _caller(key: str, relay: Services) -> Caller:
    """Whoever holds the key. A key of the relay's that nobody knows costs its address a call
    before it is looked up, so that guessing soon ends.
    """
    if _is_admin_token(key, relay):  # 1min.ai must never see it
        raise Unauthorized("ADMIN_TOKEN opens /admin alone. `flask keys create` makes keys.")
    if relay.config.allow_passthrough and is_key(key) and not key.startswith(PREFIX):
        own = owner(key)
        known = own in relay.vouched
        return Caller(owner=own, payer=Payer(own, key), address=_address(), known=known)
    if not relay.keyring.remembers(key):
        relay.limits.request(_stranger())
    found = hubs.elsewhere(relay.keyring.key, key)
    if found is None:
        raise Unauthorized("Incorrect API key provided." if key else MISSING)
    return Caller(
        owner=found.owner,
        payer=Payer(found.owner),
        address=_address(),
        grant=found.grant,
        key_id=found.id,
        known=True,
    )


def _stranger() -> Caller:
    """Nobody knows more of them than where they are."""
    return Caller(owner="", payer=Payer(""), address=_address())


def _address() -> str:
    return current().remote_addr or ""
