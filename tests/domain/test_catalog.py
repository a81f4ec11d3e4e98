from __future__ import annotations

from typing import Any

import pytest

from utils.domain.catalog import Catalog, Model, Permission, check_model, no_such_model
from utils.errors import InvalidRequest, ModelNotFound, RelayError

ALL = Permission()


def chats(*names: str) -> list[Model]:
    return [Model(id=name, chat=True) for name in names]


def only(*names: str) -> Permission:
    return Permission(frozenset(names), subset_only=True)


@pytest.mark.parametrize(
    ("permission", "permitted"),
    [
        (ALL, ["a", "b", "c"]),
        (Permission(frozenset({"a"})), ["a", "b", "c"]),
        (only("c", "a", "unheard-of"), ["a", "c"]),
        (only(), []),
    ],
)
def test_a_subset_counts_only_where_the_operator_says_so(
    permission: Permission, permitted: list[str]
) -> None:
    catalog = Catalog.of(chats("a", "b", "c"), live=True)
    assert [model.id for model in catalog.permitted(permission)] == permitted


PAINTER = Model(id="gpt-4o-mini")


@pytest.mark.parametrize(
    ("models", "preferred", "permission", "model"),
    [
        (chats("a", "gpt-5-mini", "gpt-4o-mini"), "", ALL, "gpt-4o-mini"),
        (chats("a", "gpt-5-mini"), "", ALL, "gpt-5-mini"),
        (chats("a", "open-mistral-nemo", "gpt-4.1-mini"), "", ALL, "gpt-4.1-mini"),
        (chats("a", "open-mistral-nemo"), "", ALL, "open-mistral-nemo"),
        (chats("a", "b"), "", ALL, "a"),
        ([PAINTER, *chats("a")], "", ALL, "a"),
        (chats("a", "gpt-4o-mini"), "", only("a"), "a"),
        (chats("a"), "chosen", ALL, "chosen"),
        ([], "chosen", ALL, "chosen"),
    ],
)
def test_a_chat_without_a_model_is_answered_by(
    models: list[Model], preferred: str, permission: Permission, model: str
) -> None:
    catalog = Catalog.of(models, live=True)
    assert catalog.default_chat_model(preferred, permission) == model


@pytest.mark.parametrize(
    ("models", "permission"), [([], ALL), ([PAINTER], ALL), (chats("gpt-4o-mini"), only("a"))]
)
def test_without_any_chat_model_there_is_none_to_choose(
    models: list[Model], permission: Permission
) -> None:
    with pytest.raises(ModelNotFound) as refused:
        Catalog.of(models, live=True).default_chat_model("", permission)
    assert refused.value.param == "model"
    assert refused.value.message == "No chat model is available."


@pytest.mark.parametrize(
    ("name", "live", "permission", "refused"),
    [
        ("a", True, ALL, None),
        ("a", True, only("a"), None),
        ("a", True, only("b"), ModelNotFound),
        ("a", False, only("b"), ModelNotFound),
        ("unknown", True, ALL, ModelNotFound),
        ("unknown", False, ALL, None),  # 1min.ai decides
        ("unknown", False, only("a"), ModelNotFound),
        ("gpt-4o-mini", True, ALL, InvalidRequest),
        ("gpt-4o-mini", False, ALL, InvalidRequest),
        ("A", True, ALL, ModelNotFound),
    ],
)
def test_a_model_may_answer_a_chat_or_is_refused(
    name: str, live: bool, permission: Permission, refused: type[RelayError] | None
) -> None:
    catalog = Catalog.of([*chats("a", "b"), PAINTER], live=live)
    if refused is None:
        check_model(name, catalog, permission, audio=False)
        return
    with pytest.raises(RelayError) as error:
        check_model(name, catalog, permission, audio=False)
    assert (type(error.value), error.value.param) == (refused, "model")
    assert (error.value.code, error.value.message) == {
        ModelNotFound: (
            "model_not_found",
            no_such_model(name).message,
        ),
        InvalidRequest: ("model_not_supported", f"The model '{name}' does not chat."),
    }[refused]


KINDS = ("chat", "image", "variation", "speech", "transcription")


def of_kind(kind: str) -> Catalog:
    fields: dict[str, Any] = {"id": kind, kind: True}
    return Catalog.of([Model(**fields)], live=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_can_do_anything_may_be_asked_in_a_chat(kind: str) -> None:
    check_model(kind, of_kind(kind), ALL, audio=False)
    with pytest.raises(ModelNotFound):
        check_model(kind, of_kind(kind), only("a"), audio=False)


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_model_that_speaks_answers_by_sound(kind: str) -> None:
    if kind == "speech":
        check_model(kind, of_kind(kind), ALL, audio=True)
        return
    with pytest.raises(InvalidRequest, match=f"^modalities: '{kind}' does not speak$") as error:
        check_model(kind, of_kind(kind), ALL, audio=True)
    assert error.value.param == "modalities"


def test_a_model_of_which_only_the_name_is_known_can_do_nothing() -> None:
    model = Model(id="a")
    assert (model.id, model.name, model.owner, model.created) == ("a", "", "1minai", 0)
    assert (model.chat, model.vision, model.code) == (False, False, False)
    assert not model.media
    assert (model.context, model.max_output) == (0, 0)
    assert (model.input_price, model.output_price) == (None, None)


@pytest.mark.parametrize("kind", ["image", "variation", "speech", "transcription"])
def test_a_model_of_another_kind_than_text_is_one_of_media(kind: str) -> None:
    fields: dict[str, Any] = {"id": "a", kind: True}
    assert Model(**fields).media
    assert not Model(id="a", chat=True, vision=True, code=True).media


def test_a_refusal_names_a_model_but_not_at_any_length() -> None:
    with pytest.raises(ModelNotFound) as refused:
        check_model("b" * 10_000, Catalog.of([], live=True), ALL, audio=False)
    assert len(refused.value.message) < 200
