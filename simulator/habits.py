"""How models write tool calls out of habit, whatever they were told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from simulator.instructions import Call


def _object(call: Call, arguments: str = "arguments") -> str:
    return f'{{"name": {_json(call.name)}, "{arguments}": {call.arguments}}}'


def _hermes(calls: Sequence[Call]) -> str:
    return "\n".join(f"<tool_call>\n{_object(call)}\n</tool_call>" for call in calls)


def _qwen(calls: Sequence[Call]) -> str:
    blocks = []
    for call in calls:
        given = (
            f"<parameter={name}>\n{text}\n</parameter>\n" for name, text in _parameters(call)
        )
        named = f"<function={call.name}>\n{''.join(given)}</function>"
        blocks.append(f"<tool_call>\n{named}\n</tool_call>")
    return "\n".join(blocks)


def _mistral(calls: Sequence[Call]) -> str:
    return f"[TOOL_CALLS] [{', '.join(map(_object, calls))}]"


def _llama(calls: Sequence[Call]) -> str:
    return "\n".join(f"<|python_tag|>{_object(call, 'parameters')}<|eom_id|>" for call in calls)


def _anthropic(calls: Sequence[Call]) -> str:
    blocks = []
    for call in calls:
        given = (
            f'<parameter name="{name}">{text}</parameter>\n' for name, text in _parameters(call)
        )
        blocks.append(f'<invoke name="{call.name}">\n{"".join(given)}</invoke>')
    return "\n".join(("<function_calls>", *blocks, "</function_calls>"))


def _deepseek(calls: Sequence[Call]) -> str:
    blocks = [
        f"{_token('tool call begin')}function{_token('tool sep')}{call.name}\n"
        f"```json\n{call.arguments}\n```{_token('tool call end')}"
        for call in calls
    ]
    return f"{_token('tool calls begin')}{''.join(blocks)}{_token('tool calls end')}"


def _fenced(calls: Sequence[Call]) -> str:
    return "\n\n".join(f"```json\n{_object(call)}\n```" for call in calls)


def _parameters(call: Call) -> list[tuple[str, str]]:
    """Strings stand as they are between tags, anything else as JSON."""
    given = json.loads(call.arguments)
    return [
        (name, each if isinstance(each, str) else _json(each)) for name, each in given.items()
    ]


def _token(words: str) -> str:
    bar, gap = "\N{FULLWIDTH VERTICAL LINE}", "\N{LOWER ONE EIGHTH BLOCK}"
    return f"<{bar}{words.replace(' ', gap)}{bar}>"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


HABITS: Mapping[str, Callable[[Sequence[Call]], str]] = {
    "hermes": _hermes,
    "qwen": _qwen,
    "mistral": _mistral,
    "llama": _llama,
    "anthropic": _anthropic,
    "deepseek": _deepseek,
    "fenced": _fenced,
}
