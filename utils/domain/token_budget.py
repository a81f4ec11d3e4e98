"""A number of tokens, spent on a text that arrives in pieces."""

from __future__ import annotations

from utils.tokens import counts
from utils.tokens.families import family


class TokenBudget:
    """Counts as seldom as it can: a text never has more tokens than bytes, so that nothing need
    be counted while even its bytes fit. Nothing is counted twice but the last words.
    """

    def __init__(self, limit: int, model: str) -> None:
        self._model = model
        self._left = family(model).encoded(limit)  # after all that was counted for good
        self._text = ""  # not yet counted for good
        self._most = 0  # tokens that `_text` may have

    def spend(self, text: str) -> str:
        """As much of it as the budget has room for."""
        self._text += text
        self._most += len(text) if text.isascii() else len(text.encode(errors="replace"))
        if self._most <= self._left:
            return text
        settled = counts.settled(self._text)
        spent = counts.encoded(self._text[:settled], self._model)
        if spent <= self._left:
            self._left -= spent
            self._text = self._text[settled:]
            self._most = counts.encoded(self._text, self._model)
        if self._most <= self._left:
            return text
        allowed = counts.head(self._text, self._model, self._left)
        return text[: max(len(text) - len(self._text) + len(allowed), 0)]
