"""A thousand conversations to answer, made up here: everyday ones of a few parts, and the odd cases."""

from __future__ import annotations

import random

from smartreply import Message

__all__ = ["conversations"]

_OPENERS = ("", "hey, ", "Hi! ", "so ", "um ", "sorry to bother you, ", "omg ", "Dear all, ", "ok ", "btw ")
_BODIES = (
    "are you coming to {place} {time}", "can you bring {thing}", "I got {thing} today", "we lost {thing} at {place}",
    "what do you want from {place}", "my {person} is in {place}", "did you see {person} {time}", "lunch {time}",
    "where is {thing}", "happy birthday", "thank you so much for {thing}", "I passed the exam", "running late, sorry",
    "do you prefer {thing} or {thing}", "let's meet at {place} {time}", "call me {time}", "I love {thing}",
    "the meeting at {place} is moved to {time}", "my {person} says hello", "good night", "how was {place}",
    "I can't find {thing} anywhere", "is it ok if my {person} joins us {time}", "dinner is ready", "who is {person}",
    "explain how {thing} works and why you chose it over what everybody at {place} had asked for {time}",
    "what did you learn from {person} in all those years at {place}, and would you do it again",
)  # fmt: skip
_FILL = {
    "place": ("the lake", "the office", "grandma's", "the station", "school", "the new bakery", "Lisbon", "home"),
    "time": ("tonight", "tomorrow at 8", "on Friday", "next week", "right now", "after work", "at noon", "later"),
    "thing": ("the keys", "a cake", "two tickets", "my phone", "the red bike", "coffee", "your notes", "a puppy"),
    "person": ("sister", "boss", "neighbour", "dentist", "cousin Tom", "flatmate", "teacher", "dog"),
}
_ENDINGS = ("", "?", "!", "!!", "...", " 😂", " 🎉🎉", " xx", "?!", ".", " :)", " 👍🏽")
_FOREIGN = (
    "Wie geht es dir heute Abend?", "¿Vienes a cenar con nosotros mañana?", "On se voit demain à midi ?",
    "Ci vediamo domani sera in centro?", "Hoe laat kom je vanavond naar huis?", "今晚你有空吗？",
    "明日のお昼、一緒にどうですか", "Ты придёшь сегодня вечером?", "هل ستأتي الليلة؟", "오늘 저녁에 시간 있어요?",
    "Θα έρθεις απόψε;", "क्या तुम आज रात आओगे?",
)  # fmt: skip
_SENSITIVE = (
    "I want to hurt myself", "I don't want to live any more", "the doctor says it is cancer",
    "he hit me again last night", "my test came back positive and I am scared", "they will shoot him",
    "I had a miscarriage", "she died this morning", "he raped her", "I cut my arms again",
    "I have chest pain and I can't breathe",
)  # fmt: skip
_ODD = (
    "", " ", "\n\n", "\t", "\u3000\u00a0", "\x00", "\x01\x02\x03", "a\x00b", "\x1b[31mred\x1b[0m",
    "\x1c\x1d\x1e\x1f\x85", "\ufeff", "\ufeffhello", "hello\u200bworld", "\u202egnp.exe", "?", "??????", "!!!", ".",
    "…", "—", "😂", "😂😂😂😂😂😂", "👩‍👩‍👧‍👦", "👍🏿", "🇵🇹", "❤️", "é", "e\u0301", "ﬀ", "İstanbul", "ß", "ʼn",
    "\U0010ffff", "\u0378", "\ud83d", "x\udc00y", "123", "3.14159", "1/2", "17:30", "<b>bold</b>",
    "<script>alert(1)</script>",
    "'; DROP TABLE messages; --", "${name}", "%s %d", "{}", "null", "undefined", "http://example.org/a?b=c#d",
    "me@example.org", "#hashtag", "@you", "A" * 127, "A" * 128, "A" * 129, "é" * 64, "é" * 65, "x" + "é" * 64,
    "😂" * 32, "😂" * 33, "ab" + "😂" * 32, "abc" + "漢" * 42, "word " * 60, "yes\nno\nmaybe", "a\r\nb", "a\u2028b",
    "HELLO WHERE ARE YOU", "hello where are you", "hElLo WhErE aRe YoU", "are   you    there", "thx", "k", "lol",
    "brb", "ty",
)  # fmt: skip
_SHORT = ("ok", "why?", "no", "lunch?", "who?", "sorry!", "call me", "I won!", "now?", "at home", "bye", "love it")


def conversations(count: int = 1000, seed: int = 7) -> list[tuple[tuple[Message, ...], bool]]:
    """Conversations, oldest message first, and whether suggestions are asked for always; the same for the same seed."""
    rng = random.Random(seed)
    lasts = [*_ODD, *_FOREIGN, *_SENSITIVE]
    found: list[tuple[tuple[Message, ...], bool]] = [((Message(text),), False) for text in lasts]
    found.append(((), False))
    while len(found) < count:
        last = rng.choice(lasts) if rng.random() < 0.15 else _everyday(rng)
        short = rng.random() < 0.5  # so that ten turns fit into what the network reads
        before = [_turn(rng, short) for _ in range(rng.choice((0, 0, 0, 1, 2, 3, 9, 14)))]
        sender = "me" if rng.random() < 0.02 else rng.choice(("them", "ann"))
        found.append(((*before, Message(last, sender)), rng.random() < 0.1))
    return found


def _turn(rng: random.Random, short: bool) -> Message:
    text = rng.choice(_SHORT) if short else rng.choice(_ODD) if rng.random() < 0.1 else _everyday(rng)
    return Message(text, rng.choice(("me", "them", "ann")))


def _everyday(rng: random.Random) -> str:
    body = rng.choice(_BODIES)
    for name, values in _FILL.items():
        while f"{{{name}}}" in body:
            body = body.replace(f"{{{name}}}", rng.choice(values), 1)
    text = rng.choice(_OPENERS) + body
    if rng.random() < 0.1:
        text = text.upper()
    if rng.random() < 0.1:  # a slip of the finger
        place = rng.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    return text + rng.choice(_ENDINGS)
