"""Suggestions in a chat app that runs on asyncio: the model works in a thread, typing never waits for it.

    python examples/async_chat.py            # plays a short chat and prints what the app would show

`SmartReply` may be called from several threads, so one object serves every open chat. When a newer message arrives
before the suggestions for an older one are done, the older ones are dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smartreply import Message, SmartReply, Suggestions


class ChatSuggestions:
    """Keeps the suggestions of one chat up to date.

    Args:
        smart: shared by all chats.
        threads: where the model runs; one worker is enough for many chats (well under a millisecond a message).
        show: called in the event loop with what to offer now.
    """

    def __init__(self, smart: SmartReply, threads: ThreadPoolExecutor, show: Callable[[Suggestions], None]) -> None:
        self._smart = smart
        self._threads = threads
        self._show = show
        self._messages: list[Message] = []
        self._number = 0

    async def arrived(self, message: Message) -> None:
        """A message of either side is in the chat; show what to offer, unless something newer has come meanwhile."""
        self._messages.append(message)
        self._number += 1
        number, messages = self._number, self._messages[-10:]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._smart.suggest, messages)
        if number == self._number:
            self._show(found)

    async def sent(self, text: str) -> None:
        """The user sent `text`, picked or typed; learn from it, if this chat learns at all."""
        before = list(self._messages[-10:])
        await self.arrived(Message(text, "me"))
        if self._smart.personal is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._smart.learn, before, text)


def show(found: Suggestions) -> None:
    """What an app would draw above its keyboard."""
    if found.replies:
        print("   offered:", " | ".join(reply.text for reply in found.replies))
    else:
        print(f"   nothing offered: {found.reason}")


async def main(model: Path | None = None) -> None:
    """A short chat."""
    smart = SmartReply.load(model)
    with ThreadPoolExecutor(max_workers=1) as threads:
        chat = ChatSuggestions(smart, threads, show)
        for text in ("Any chance you're free tonight?", "There's a film on at eight"):
            print("ann:", text)
            await chat.arrived(Message(text, "ann"))
        print("me: Sounds good!")
        await chat.sent("Sounds good!")
        print("ann: great", "ann: where shall we meet?", sep="\n")
        await asyncio.gather(  # two at once: only the last one's suggestions are shown
            chat.arrived(Message("great", "ann")), chat.arrived(Message("where shall we meet?", "ann"))
        )


if __name__ == "__main__":
    asyncio.run(main())
