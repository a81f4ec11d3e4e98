"""An answer's way into its client's socket."""

from __future__ import annotations

from waitress.task import WSGITask


class Task(WSGITask):  # type: ignore[misc]
    """waitress' own, which would send the head of an answer by itself."""

    wrote_header: bool

    def write(self, data: bytes) -> None:
        """What is a whole answer leaves in one piece: each costs a call of the system's, and
        wakes the client.
        """
        if self.wrote_header or not self.has_body or len(data) != self.content_length:
            super().write(data)
            return
        head: bytes = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(head + data)
