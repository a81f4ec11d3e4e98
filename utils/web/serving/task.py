"""An answer's way into its client's socket."""

from __future__ import annotations

from waitress.task import WSGITask


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
