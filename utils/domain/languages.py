"""The names that OpenAI gives languages, by their codes in ISO 639-1."""

from __future__ import annotations

_NAMES = """
    af afrikaans, ar arabic, az azerbaijani, be belarusian, bg bulgarian, bs bosnian,
    ca catalan, cs czech, cy welsh, da danish, de german, el greek, en english, es spanish,
    et estonian, fa persian, fi finnish, fr french, gl galician, he hebrew, hi hindi,
    hr croatian, hu hungarian, hy armenian, id indonesian, is icelandic, it italian,
    ja japanese, kk kazakh, kn kannada, ko korean, lt lithuanian, lv latvian, mi maori,
    mk macedonian, mr marathi,
    ms malay, ne nepali, nl dutch, no norwegian, pl polish, pt portuguese, ro romanian,
    ru russian, sk slovak, sl slovenian, sr serbian, sv swedish, sw swahili, ta tamil, th thai,
    tl tagalog, tr turkish, uk ukrainian, ur urdu, vi vietnamese, yue cantonese, zh chinese
"""
_BY_CODE = dict(entry.split() for entry in _NAMES.split(","))


def name(code: str) -> str:
    """`english` for `en` or `en-US`; a code that has no name here stays as it is."""
    return _BY_CODE.get(code.partition("-")[0].lower(), code)
