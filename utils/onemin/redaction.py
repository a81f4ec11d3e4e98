"""What 1min.ai says, without keys, addresses and the data of the account it says it about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from utils.errors import masked
from utils.letters import joined

READ = 4000  # characters of a complaint that are looked at
LONGEST = 500  # characters of it that a client is shown

_SECRET = re.compile(
    r"\b(?:sk|pk|key|xai|AIza|eyJ)[-_][\w*.-]{6,}|\beyJ[\w-]{10,}[\w.-]*|\bAIza[\w-]{10,}"
    r"|\bAKIA\w{8,}|(?<=\bBearer )\S+"
    r"|\b(?=\w*[a-z])(?=\w*[A-Z])(?=\w*\d)\w{16,}"  # no word looks like this
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]+"
)
_ACCOUNT = re.compile(r"\{?\W{0,4}teamUser.*", re.DOTALL)  # and whatever follows, up to the end
_COMMON = frozenset(("ACTIVE", "ADMIN", "MEMBER", "SYSTEM"))  # words that name nobody
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """On one line, without `secrets` or what looks like one."""
    text = _ACCOUNT.sub("***", text[:READ])
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return joined(_CONTROL.sub(" ", _SECRET.sub("***", text))).strip()


def shown(text: str, key: str) -> str:
    """What a client may see of a text that was redacted before its key was known."""
    text = redacted(masked(text[:READ], key))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def account(reply: Any) -> Iterator[str]:
    """What a reply tells of its account, as texts to be taken out: ids, names, credits."""
    match reply:
        case {"aiRecord": dict(record)}:
            yield from account(record)
        case dict():
            yield from _leaves([reply.get(name) for name in ("teamUser", "userId", "teamId")])


def _leaves(values: list[Any]) -> Iterator[str]:
    """All that is long enough to point at somebody."""
    while values:
        match values.pop():
            case str(text) if len(text) > 2 and text not in _COMMON:
                yield text
            case int(number) if number > 999:
                yield str(number)
            case dict(fields):
                values += fields.values()
            case list(items):
                values += items
