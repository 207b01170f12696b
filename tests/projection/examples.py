"""Texts that every implementation is tried on; written for these tests."""

TEXTS = [
    "",
    " \t\n",
    "a",
    "I",
    "hey, how's it going?",
    "How's it going buddy?",
    "Howdy, everything going well?",
    "Don't shout!!! OK?! :-) 'quoted' snake_case 3.14 e-mail@example.org",
    "don\u2019t \u201cquote\u201d me\u2026 \u2014 fine",
    "ÀÉÎÕÜ àéîõü ÷×ß ÿŸ Straße naïve Çava ¿qué? «oui» £5 ½ ©",
    "Привет, как дела? ПРИВЕТ",
    "你好，世界！ 今日は。 한국어 안녕 ｗｉｄｅ！？",
    "مرحبا، كيف حالك؟ नमस्ते। می\u200cخواهم",
    "\U0001f602\U0001f602 ok\U0001f44d\U0001f3fd \u2764\ufe0flove \u2764 \u2192 1\ufe0f\u20e3",
    "\U0001f469\U0001f3fd\u200d\U0001f4bb \U0001f468\u200d\U0001f469\u200d\U0001f467 "
    "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7x",
    "\u200dx \U0001f3fdx a\u200db so\u00adft \ufeffbom nb\u00a0sp ideo\u3000graphic",
    "nul\x00inside \x7f\x85 control",
    "too long: " + "words and more words, " * 12 + "and this is its end.",
    "x" + "é" * 200,
    "?!" * 90,
    "\U0001f600" * 40,
    "one two three four five six seven eight nine ten a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "a" * 300,
]

RAW = [
    b"\x80\x81 orphan \xbf",
    b"cut \xe2\x80",
    b"cut \xf0\x9f\x98",
    b"\xc3",
    b"\xc0\xa0 \xe0\x80\xa0 \xf0\x80\x80\xa1 \xf4\x90\x80\x80 \xf8\x88\x80\x80 \xff",
    b"A\x80B \xc3\x89\x80\x80\x80\x80Z \xe2\x80\x99\xbf",
    b"\xed\xa0\x80 \xc1\x81",
]
