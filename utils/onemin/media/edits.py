"""Pictures as 1min.ai's editors change them (onemin-api.md 9.2, 9.3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from utils.domain.drawings import EDITS, Edit
from utils.errors import InvalidRequest
from utils.onemin import models
from utils.onemin.feature import Feature
from utils.onemin.media import images
from utils.onemin.media.edit_parameters import editor, references


def prompts(edit: Edit) -> list[dict[str, Any]]:
    """Of each call that is needed, but for the pictures. Raises InvalidRequest."""
    _check(edit)
    parameters = editor(edit.way, edit.picture.model)
    return [
        {**_words(edit), **images.fields(picture, parameters)}
        for picture in images.shared_out(edit.picture, parameters)
    ]


def ignored(edit: Edit) -> list[str]:
    names = images.ignored(edit.picture, editor(edit.way, edit.picture.model))
    unneeded = edit.picture.prompt and "prompt" not in EDITS[edit.way]
    return [*names, *(["prompt"] if unneeded else [])]


def places(edit: Edit) -> list[str]:
    """The fields that its pictures can have, in their order."""
    others = references(edit.picture.model) if edit.way == "edit" else ()
    return ["imageUrl", *others]


def build(edit: Edit, prompt: dict[str, Any]) -> Feature:
    return Feature(type=models.EDITS[edit.way], model=edit.picture.model, prompt=prompt)


def _check(edit: Edit) -> None:
    model, given = edit.picture.model, _given(edit)
    for name in EDITS[edit.way]:
        if not given[name]:
            raise InvalidRequest(f"{name}: {model!r} needs it to {edit.way}", param=name)
    if edit.mask and "mask" not in EDITS[edit.way]:
        raise InvalidRequest(f"mask: {model!r} takes none to {edit.way}", param="mask")
    if edit.way == "extend" and not any(asdict(edit.edges).values()):
        message = "left, right, up, down: by how many pixels is the picture to grow?"
        raise InvalidRequest(message, param="left")
    most = len(places(edit))
    for image in edit.images[most:]:
        message = f"{model!r} takes {most} picture(s) to {edit.way}, not {len(edit.images)}"
        raise InvalidRequest(message, param=image.place, code="model_not_supported")


def _given(edit: Edit) -> dict[str, object]:
    return {
        "prompt": edit.picture.prompt.strip(),
        "mask": edit.mask,
        "search_prompt": edit.search,
    }


def _words(edit: Edit) -> dict[str, Any]:
    """What goes beside the fields that depend on the model."""
    picture, told = edit.picture, dict[str, Any]()
    if "prompt" in EDITS[edit.way]:
        told["prompt"] = images.words(picture, editor(edit.way, picture.model))
    if "search_prompt" in EDITS[edit.way]:
        told["search_prompt"] = edit.search
    if edit.way == "extend":
        told |= asdict(edit.edges)
    return told
