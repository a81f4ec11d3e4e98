"""Which vocabulary a model counts with, and how near that comes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from utils.tokens.vocabularies import CL100K, O200K, Vocabulary

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Family:
    """Models that count alike: those whose name, without its vendor, begins like `names`."""

    names: re.Pattern[str]
    vocabulary: Vocabulary
    percent: int = 100  # of what the vocabulary counts; as floats, 100 * 1.1 is more than 110

    def adjusted(self, tokens: int) -> int:
        """Rounded up: a limit should not be passed by a fraction."""
        return -(-tokens * self.percent // 100)

    def encoded(self, tokens: int) -> int:
        """How many of the vocabulary's tokens come to so many of the model's; one at least."""
        return max(tokens * 100 // self.percent, 1)


def family(model: str) -> Family:
    name = model.rpartition("/")[2]
    return next(family for family in _used[0] if family.names.match(name))


def use(factors: Mapping[str, float]) -> None:
    """Of models by how their names begin, and of `others`. For this whole process."""
    *known, rest = _FAMILIES
    own = [
        _named(re.escape(name), family(name).vocabulary, round(100 * factor))
        for name, factor in sorted(factors.items(), key=lambda item: -len(item[0]))
        if name != OTHERS
    ]
    others = round(100 * factors.get(OTHERS, rest.percent / 100))
    _used[0] = (*own, *known, replace(rest, percent=others))


def _named(pattern: str, vocabulary: Vocabulary, percent: int = 100) -> Family:
    return Family(re.compile(pattern, re.IGNORECASE), vocabulary, percent)


# The first match wins. tiktoken's own table knows neither gpt-6 nor other makers. gpt-oss has
# more specials than o200k, but counts plain text alike. 115 and 105 come from published tables
# of Claude 2 (English 105, Russian 155) and DeepSeek (Chinese 90); 110 is an assumption.
_FAMILIES = (
    _named(r"gpt-4o|gpt-4\.|chatgpt-|gpt-5|gpt-6|gpt-oss|o[134]", O200K),
    _named(r"gpt-4(-|\Z)|gpt-3\.5|text-embedding-", CL100K),
    _named(r"claude", O200K, 115),
    _named(r"deepseek", O200K, 105),
    _named(r"", O200K, 110),
)
_used: list[tuple[Family, ...]] = [_FAMILIES]  # one, put in place of another at once
