"""Server-sent events to one reader, who is let go when they take nothing any more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["EventStream"]


class EventStream(Response):
    """A response that sends what `source` gives as long as the reader is there.

    `send` waits while the reader's socket is full; after `stall` seconds of that the reader is let go. A browser then
    connects again by itself and says how far it got.
    """

    media_type = "text/event-stream"

    def __init__(self, source: AsyncIterator[str], stall: float) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._source = source
        self._stall = stall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the source ends, the reader leaves or stalls."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with anyio.create_task_group() as group:

            async def leave_with_reader() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(leave_with_reader)
            try:
                await self._send_all(send)
            except TimeoutError:
                pass  # the reader stalls: no end is sent, so the browser knows that it has to come again
            finally:
                group.cancel_scope.cancel()

    async def _send_all(self, send: Send) -> None:
        async for text in self._source:
            with anyio.fail_after(self._stall):
                await send({"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
