"""Which part of a picture is to change: transparent for OpenAI, white for 1min.ai."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from utils.domain.files import File, FileType
from utils.errors import InvalidRequest

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 4096 * 4096  # of a mask, which has to be unpacked

_UNPACKING = BoundedSemaphore(2)  # a mask of 65 kB can fill 180 MB
_OPAQUE = 255
_PNG = FileType("image", "image/png", "png")


def white_where_transparent(mask: File, image: File | None) -> File:
    """A mask as 1min.ai takes it. `image` is what it lies over, if its bytes are at hand.

    Raises InvalidRequest for a mask that is none, or not as large as the picture.
    """
    with _UNPACKING, _opened(mask, "mask") as picture:
        if image and picture.size != (size := _size(image)):
            told = "{}x{} pixels, and the picture {}x{}".format(*picture.size, *size)
            raise InvalidRequest(f"mask: it has {told}", param="mask")
        if picture.width * picture.height > MOST_PIXELS:
            raise InvalidRequest(f"mask: over {MOST_PIXELS} pixels", param="mask")
        alpha = picture.convert("RGBA").getchannel("A")
        if alpha.getextrema()[0] == _OPAQUE:
            message = "mask: nothing is transparent in it, and only that would be edited"
            raise InvalidRequest(message, param="mask")
        white = alpha.point([_OPAQUE - level for level in range(_OPAQUE + 1)])
        data = BytesIO()
        white.convert("RGB").save(data, "PNG")
    return File(data.getvalue(), _PNG, mask.name)


def _size(image: File) -> tuple[int, int]:
    with _opened(image, "image") as picture:
        return picture.size


@contextmanager
def _opened(file: File, param: str) -> Iterator[Image]:
    """Pillow is loaded for the first mask only: few callers ever send one."""
    from PIL import Image

    try:
        with Image.open(BytesIO(file.data), formats=("PNG", "WEBP", "JPEG", "GIF")) as picture:
            yield picture
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidRequest(f"{param}: the picture is damaged", param=param) from error
