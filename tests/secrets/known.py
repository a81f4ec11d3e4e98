"""What nobody is to be told, and how it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.accounts import Account

# Nothing about these looks secret: they have to be known for what they are.
KEY = "zq7callerkey8kp9xw4lm2rt6vn1bs3"
NAME, AVATAR, MAIL = "nvusernamelrwsk", "pwavatarrktnvc", "mkmailboxztqj"
USED, LIMIT = 9182736455, 7418529633
PROMPT, ANSWER = "fbpromptxcyd", "jganswerteua"

PROVIDER = "hyprovidergdbx"
LIKE = (
    *("sk-", "sk-ant-api03-", "xai-", "AIzaSy", "eyJ", "AKIA", "Bearer "),
    *("gsk_1A", "pplx-1A", "r8_1A"),  # known by their mixture of letters and digits
)

ACCOUNT = Account(KEY)
TEAM_USER = {
    "teamId": ACCOUNT.team_id,
    "userId": ACCOUNT.user_id,
    "userName": f"Ann {NAME}",
    "userAvatar": f"https://asset.1min.ai/avatars/{AVATAR}.png",
    "status": "ACTIVE",
    "creditLimit": LIMIT,
    "usedCredit": USED,
}
OWNER: dict[str, Any] = {
    "teamUser": TEAM_USER,
    "teamId": ACCOUNT.team_id,
    "userId": ACCOUNT.user_id,
}

# Never to be seen anywhere; and what only the two who talk may see.
SECRETS = {
    "key": KEY,
    "team": ACCOUNT.team_id,
    "user": ACCOUNT.user_id,
    "name": NAME,
    "avatar": AVATAR,
    "mail": MAIL,
    "provider's key": PROVIDER,
    "used credit": str(USED),
    "credit limit": str(LIMIT),
}
SAID = {"prompt": PROMPT, "answer": ANSWER}


def found(text: str, words: Mapping[str, str]) -> list[str]:
    """Which of `words` show in a text: eight letters of one are enough, in any case."""
    text = text.lower()
    return [name for name, word in words.items() if any(p in text for p in parts(word.lower()))]


def parts(word: str) -> Iterator[str]:
    return (word[at : at + 8] for at in range(len(word) - 7))


CHAT = "/v1/chat/completions"
HEADERS = {"Authorization": f"Bearer {KEY}"}
