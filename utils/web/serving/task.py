"""An answer's way into its client's socket."""

from __future__ import annotations

import logging
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.task import WSGITask

from utils.web.http.errors import REFUSED, of_status

log = logging.getLogger(__name__)


class Task(WSGITask):  # type: ignore[misc]
    """waitress' own, which would send the head of an answer by itself: each piece is a call of
    the system's, and wakes the client.
    """

    wrote_header = False

    def build_response_header(self) -> bytes:
        if self.channel.server.is_stopping:
            self.request.headers["CONNECTION"] = "close"
        head: bytes = super().build_response_header()
        return head

    def set_close_on_finish(self) -> None:
        """waitress would also end a connection after an answer that has no body by its status:
        a browser asks of each file whether it has changed.
        """
        if self.has_body or self.version == "1.0" or self._is_to_close:
            super().set_close_on_finish()

    @property
    def _is_to_close(self) -> bool:
        return str(self.request.headers.get("CONNECTION", "")).lower() == "close"

    def write(self, data: bytes) -> None:
        head = b""
        if not self.wrote_header and data and self.complete and self.has_body:
            head = self.build_response_header()
            self.wrote_header = True
        if self.chunked_response and data:
            self.channel.write_soon(b"%b%X\r\n%b\r\n" % (head, len(data), data))
        elif head and len(data) == self.content_length:
            self.content_bytes_written = len(data)
            self.channel.write_soon(head + data)
        else:
            if head:
                self.channel.write_soon(head)
            super().write(data)


class Refusal(Task):
    """Of a request that waitress cannot read, in the app's words: waitress would quote the line
    it stumbled over.
    """

    def get_environment(self) -> dict[str, Any]:
        fault = self.request.error
        return {**super().get_environment(), REFUSED: of_status(fault.code, fault.reason)}

    def execute(self) -> None:
        self.set_close_on_finish()
        self.channel.refused = True
        try:
            super().execute()
        except ClientDisconnected:
            raise
        except Exception:  # also of a request whose answer has failed already: this is the last
            log.exception("a refusal could not be told")
            self.complete, self.status = True, "500 Internal Server Error"
            self.content_length = 0
