from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.samples import png
from utils.domain.files import File, file_type
from utils.errors import InvalidRequest
from utils.onemin.media import masks


def file(data: bytes) -> File:
    kind = file_type(data)
    assert kind
    return File(data, kind, "mask.png")


def picture(*alphas: int, mode: str = "RGBA", form: str = "PNG") -> File:
    """One row."""
    made = Image.new("RGBA", (len(alphas), 1))
    for at, alpha in enumerate(alphas):
        made.putpixel((at, 0), (9, 8, 7, alpha))
    data = BytesIO()
    made.convert(mode).save(data, form)
    return file(data.getvalue())


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP")])
def test_what_is_transparent_becomes_white_and_the_rest_black(mode: str, form: str) -> None:
    made = masks.white_where_transparent(picture(0, 255, 100, mode=mode, form=form), None)
    assert made.type == file_type(png())
    with Image.open(BytesIO(made.data)) as shown:
        assert (shown.format, shown.mode, shown.size) == ("PNG", "RGB", (3, 1))
        assert [shown.getpixel((at, 0)) for at in range(3)] == [
            (255, 255, 255),
            (0, 0, 0),
            (155, 155, 155),
        ]


def refusal(mask: File, image: File | None = None) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        masks.white_where_transparent(mask, image)
    return raised.value


def test_a_mask_with_nothing_transparent_is_refused() -> None:
    for mask in (picture(255, 255), picture(0, mode="RGB"), file(png())):
        assert refusal(mask).param == "mask"


def test_a_mask_of_another_size_is_refused() -> None:
    error = refusal(picture(0, 255), picture(255))
    assert (error.param, "2x1 pixels" in error.message) == ("mask", True)
    assert masks.white_where_transparent(picture(0, 255), picture(255, 255)).data


@pytest.mark.parametrize("at", [20, 40, 50])
def test_a_damaged_mask_is_refused(at: int) -> None:
    whole = picture(0, 255)
    assert refusal(File(whole.data[:at], whole.type, "")).param == "mask"


def test_a_damaged_picture_is_refused_as_such() -> None:
    broken = File(b"\x89PNG\r\n\x1a\nno", picture(0).type, "")
    assert refusal(picture(0), broken).param == "image"


def test_a_bomb_is_not_unpacked() -> None:
    large = BytesIO()
    Image.new("1", (4097, 4096)).save(large, "PNG")
    assert len(large.getvalue()) < 10_000
    assert "pixels" in refusal(file(large.getvalue())).message
    header = bytearray(png())
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    assert refusal(file(bytes(header))).param == "mask"
