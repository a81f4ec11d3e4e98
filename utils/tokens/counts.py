"""What a text or a chat counts for a model. Neither raises, whatever the text."""

import functools
import re
import sys
from collections.abc import Iterable, Iterator

from utils.tokens.families import family
from utils.tokens.vocabularies import Vocabulary, encoding

_PER_MESSAGE, _PER_NAME, _PER_REPLY = 3, 1, 3  # what OpenAI's chat format adds

# The same messages come back with each turn of a chat, its last answer among them. What is
# remembered takes 16 MB at most, or 32 beyond ASCII: tiktoken leaves its UTF-8 on a string.
_REMEMBERED_TEXTS, _REMEMBERED_BYTES = 2_048, 8_192

# tiktoken's regex runs out of stack on a million spaces. Its pattern itself cuts before a
# single space between letters, and between a line's end and a letter, so there we may too.
_LONGEST_PIECE, _SEARCHED = 50_000, 2_000
_UP_TO_LAST_CUT = re.compile(r"(?s:.*)(?:(?<=[^\W\d_])(?= [^\W\d_])|(?<=\n)(?=[^\W\d_]))")


def count(text: str, model: str) -> int:
    counted_as = family(model)
    return counted_as.adjusted(_tokens(text, counted_as.vocabulary))


def count_messages(texts: Iterable[str], model: str, names: int = 0) -> int:
    """What a chat costs before its answer: a text per message, `names` of which have a name."""
    counted_as = family(model)
    sizes = [_tokens(text, counted_as.vocabulary) for text in texts]
    overhead = len(sizes) * _PER_MESSAGE + names * _PER_NAME + _PER_REPLY
    return counted_as.adjusted(sum(sizes)) + overhead


def pieces(text: str) -> Iterator[str]:
    """A long text in pieces tiktoken can take, if possible cut where no count changes."""
    start = 0
    while len(text) - start > _LONGEST_PIECE:
        end = start + _LONGEST_PIECE
        harmless = _UP_TO_LAST_CUT.match(text, end - _SEARCHED, end)
        end = harmless.end() if harmless else end
        yield text[start:end]
        start = end
    yield text[start:]


def _tokens(text: str, vocabulary: Vocabulary) -> int:
    if sys.getsizeof(text) > _REMEMBERED_BYTES:
        return _encoded(text, vocabulary)
    return _remembered(text, vocabulary)


def _encoded(text: str, vocabulary: Vocabulary) -> int:
    # A user's "<|endoftext|>" is plain text; disallowed, as by default, it would raise. Not
    # `encode_ordinary`: what that raises on a text too hard for it is no Exception.
    encode = encoding(vocabulary).encode
    return sum(len(encode(piece, disallowed_special=())) for piece in pieces(text))


_remembered = functools.lru_cache(maxsize=_REMEMBERED_TEXTS)(_encoded)
