"""Our Porter stemmer equals nltk's."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from recorder.porter import porter_stem

pytestmark = pytest.mark.runtime

ORACLE = PorterStemmer()

# The examples of the paper, by step, and the words of nltk's extensions.
TEXT = """
caresses ponies ties caress cats flies dies feed agreed plastered bled motoring sing conflated troubled sized hopping
tanned falling hissing fizzed failing filing spied died happy sky skies enjoy enjoyment say by spy relational
conditional rational valency hesitancy digitizer conformably radically differently vilely analogously vietnamization
predication operator feudalism decisiveness hopefulness callousness formality sensitivity sensibility hopefully geology
theology archaeology triplicate formative formalize electricity electrical hopeful goodness revival allowance inference
airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption homologous communism
activate angularity effective bowdlerize probate rate cease controlling roll dying lying tying news innings outings
cannings howe proceed exceed succeed syzygy yyyy eeing Batteries ÉTUDES it's mother-in-law don't U.S. İstanbul
"""


@pytest.mark.parametrize("word", TEXT.split())
def test_words_of_the_paper(word: str) -> None:
    assert porter_stem(word) == ORACLE.stem(word)


ENDINGS = """
s es ies ed ied eed ing y ly ally ational tional ency ancy izer bly ably ally ently ely ously ization ation ator alism
iveness fulness ousness ality ivity bility fully logy icate ative alize icity ical ful ness al ance ence er ic able ible
ant ement ment ent ion ou ism ate iti ous ive ize e ll
"""
MADE_UP = st.builds(
    lambda letters, endings: letters + "".join(endings),
    st.text("aeiouybcdlnrstvwxz'-", max_size=6),
    st.lists(st.sampled_from(ENDINGS.split()), max_size=3),
)


@settings(max_examples=1500, deadline=None)
@given(st.one_of(MADE_UP, st.text(max_size=8)))
@example("")
@example("ss")
@example("yying")
def test_any_word(word: str) -> None:
    assert porter_stem(word) == ORACLE.stem(word)


def test_a_very_long_word_is_no_trouble() -> None:
    assert porter_stem("y" * 100_000 + "ing") == ORACLE.stem("y" * 100_000 + "ing")
