"""What a text or a chat counts for a model. Neither raises, whatever the text."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256

from utils import hubs
from utils.tokens.families import family
from utils.tokens.memory import Key, Memory
from utils.tokens.vocabularies import Vocabulary, encoding

_PER_MESSAGE, _PER_NAME, _PER_REPLY = 3, 1, 3  # what OpenAI's chat format adds

# The same messages come back with each turn of a chat, its last answer among them. What is
# remembered takes 4 MB, or 32 beyond ASCII, where tiktoken leaves its UTF-8 on a string. A
# longer text is remembered by its digest, which is made fifty times as fast as it is counted.
_REMEMBERED_TEXTS, _REMEMBERED_LETTERS = 2_048, 2_048

_MARK = "<|endoftext|>"  # a special token of both vocabularies

# tiktoken's regex runs out of stack on a million spaces. Its pattern itself cuts before a
# single space between letters, and between a line's end and a letter, so there we may too.
_LONGEST_PIECE, _SEARCHED = 50_000, 2_000
_LONG = 30_000  # letters, three milliseconds
_UP_TO_LAST_CUT = re.compile(r"(?s:.*)(?:(?<=[^\W\d_])(?= [^\W\d_])|(?<=\n)(?=[^\W\d_]))")


def count(text: str, model: str) -> int:
    counted_as = family(model)
    return counted_as.adjusted(sum(_sizes([text], counted_as.vocabulary)))


def count_each(texts: Sequence[str], model: str) -> list[int]:
    counted_as = family(model)
    return [counted_as.adjusted(size) for size in _sizes(texts, counted_as.vocabulary)]


def count_all(texts: Sequence[str], model: str) -> int:
    """All of them together."""
    counted_as = family(model)
    return counted_as.adjusted(sum(_sizes(texts, counted_as.vocabulary)))


def count_up_to(text: str, model: str, most: int) -> int:
    """As `count`, but a text that is longer is only counted until that is sure."""
    if len(text) <= _LONGEST_PIECE:
        return count(text, model)
    counted_as, tokens = family(model), 0
    key = _key(text, counted_as.vocabulary)
    if known := _remembered.known([key]):
        return counted_as.adjusted(known[key])
    for piece in pieces(text):
        tokens += sum(_counted([piece], counted_as.vocabulary))
        if counted_as.adjusted(tokens) > most:
            return counted_as.adjusted(tokens)
    _remembered.add({key: tokens})
    return counted_as.adjusted(tokens)


def count_turn(
    texts: Sequence[str], answer: str, model: str, names: int = 0
) -> tuple[int, int]:
    """What a chat costs before its answer, a text per message, `names` of which have a name;
    and what the answer does.
    """
    counted_as = family(model)
    *read, written = _sizes([*texts, answer], counted_as.vocabulary)
    overhead = len(read) * _PER_MESSAGE + names * _PER_NAME + _PER_REPLY
    return counted_as.adjusted(sum(read)) + overhead, counted_as.adjusted(written)


def settled(text: str) -> int:
    """Up to where a text that goes on can be counted for good; 0 when nowhere."""
    harmless = _UP_TO_LAST_CUT.match(text)
    return harmless.end() if harmless else 0


def encoded(text: str, model: str) -> int:
    """Its tokens in the vocabulary that the model is counted with, not adjusted to it."""
    return sum(_sizes([text], family(model).vocabulary))


def head(text: str, model: str, tokens: int) -> str:
    """The beginning of a text that is so many tokens, `encoded`; whole letters only."""
    encoder = encoding(family(model).vocabulary)
    told: list[int] = []
    encode = partial(encoder.encode, disallowed_special=())
    for piece in pieces(text):
        told += hubs.elsewhere(encode, piece) if len(piece) > _LONG else encode(piece)
        if len(told) > tokens:
            break
    return encoder.decode_bytes(told[:tokens]).decode(errors="ignore")


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


def _sizes(texts: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    """The tokens of each text, those not remembered counted together."""
    keys = [_key(text, vocabulary) for text in texts]
    sizes = _remembered.known(keys)
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in sizes}
    if new:
        counted = dict(zip(new, _counted([*new.values()], vocabulary), strict=True))
        _remembered.add(counted)
        sizes |= counted
    return [sizes[key] for key in keys]


def _counted(texts: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    """Many take their time, in which tiktoken lets other threads go on."""
    if sum(map(len, texts)) > _LONG:
        return hubs.elsewhere(_together, texts, vocabulary)
    return _together(texts, vocabulary)


def _key(text: str, vocabulary: Vocabulary) -> Key:
    if len(text) <= _REMEMBERED_LETTERS:
        return text, vocabulary.name
    return sha256(text.encode(errors="surrogatepass")).digest(), vocabulary.name


def _together(texts: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    """In one call to tiktoken: each gives the interpreter lock away, and waits to get it back.
    A special token between two texts keeps them as apart as two calls would.
    """
    whole = _MARK.join(texts)
    marks = len(texts) - 1
    if not marks or len(whole) > _LONGEST_PIECE or whole.count(_MARK) > marks:
        return [_encoded(text, vocabulary) for text in texts]
    tokens = encoding(vocabulary).encode(whole, allowed_special={_MARK}, disallowed_special=())
    tokens.append(mark := vocabulary.specials[_MARK])
    sizes, at = [], 0
    for _ in texts:
        end = tokens.index(mark, at)
        sizes.append(end - at)
        at = end + 1
    return sizes


def _encoded(text: str, vocabulary: Vocabulary) -> int:
    # A user's "<|endoftext|>" is plain text; disallowed, as by default, it would raise. Not
    # `encode_ordinary`: what that raises on a text too hard for it is no Exception.
    encode = encoding(vocabulary).encode
    return sum(len(encode(piece, disallowed_special=())) for piece in pieces(text))


_remembered = Memory(_REMEMBERED_TEXTS)
