# ruff: noqa: E501  (whole messages on one line are easier to compare)
"""Reading labelled text: the three formats agree, and every fault is told with its file and line."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill.classify_data import (
    ClassifyDataError,
    LabelledText,
    fold,
    hold_out,
    load_classify_data,
    read_labelled,
)

pytestmark = pytest.mark.runtime

Writer = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def put(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


GOOD = lines({"text": "hello", "label": "greet"}, {"text": "bye", "label": "part"})


def refused(path: Path, message: str, *, context: int = 0) -> None:
    with pytest.raises(ClassifyDataError) as caught:
        read_labelled(path, context=context)
    assert str(caught.value).replace(str(path), path.name) == message


def test_the_three_formats_give_the_same_examples(write: Writer) -> None:
    wanted = (
        LabelledText('he said "no", twice', "deny", ("is it blue?", "or green?"), 2),
        LabelledText("yes 👍", "agree", (), 4),
    )
    table = write(
        "a.csv", 'Text,LABEL,context\n"he said ""no"", twice",deny,"is it blue?\nor green?"\nyes 👍, agree ,\n'
    )
    assert read_labelled(table, context=2).rows == wanted
    tabs = write(
        "a.tsv", 'label\ttext\tcontext\ndeny\the said "no", twice\tis it blue?\\nor green?\n\nagree\tyes 👍\t\n'
    )
    assert read_labelled(tabs, context=2).rows == wanted
    objects = lines(
        {"label": "deny", "text": 'he said "no", twice', "context": ["is it blue?", "or green?"]},
        {"text": "yes 👍", "label": "agree", "context": None},
    )
    packed = write("a.jsonl.gz", gzip.compress(("\n" + objects.replace("}\n{", "}\n\n{")).encode()))
    assert read_labelled(packed, context=2).rows == wanted


def test_the_last_utterances_of_the_context_are_kept(write: Writer) -> None:
    path = write("a.jsonl", lines({"text": "yes", "label": "x", "context": ["one", "two", " ", "three"]}))
    assert read_labelled(path).rows[0].context == ()
    assert read_labelled(path, context=1).rows[0].context == ("three",)
    assert read_labelled(path, context=2).rows[0].context == ("two", "three")
    assert read_labelled(path, context=9).rows[0].context == ("one", "two", "three")
    single = write("b.jsonl", lines({"text": "yes", "label": "x", "context": "one utterance"}))
    assert read_labelled(single, context=3).rows[0].context == ("one utterance",)


def test_windows_files_are_read(write: Writer) -> None:
    table = write("a.csv", b"\xef\xbb\xbftext,label\r\nhi,a\r\nho,b\r\n")
    assert [(row.text, row.label, row.line) for row in read_labelled(table).rows] == [("hi", "a", 2), ("ho", "b", 3)]
    tabs = write("a.tsv", b"\xef\xbb\xbftext\tlabel\r\nhi\ta\r\n")
    assert read_labelled(tabs).rows == (LabelledText("hi", "a", (), 2),)


def test_a_class_number_is_a_class_name(write: Writer) -> None:
    assert read_labelled(write("a.jsonl", lines({"text": "hi", "label": 7}))).rows[0].label == "7"


def test_line_separators_inside_a_text_do_not_end_the_line(write: Writer) -> None:
    path = write("a.jsonl", lines({"text": "one\u2028two\x85three", "label": "x"}, {"text": "b", "label": "y"}))
    assert [row.line for row in read_labelled(path).rows] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a", "label": "b"}\n{"text": "a"', "a.jsonl:2: not valid JSON: Expecting ',' delimiter: line 1 column 13 (char 12)."),
        ("[" * 200000, "a.jsonl:1: not valid JSON: nested too deeply."),
        ('["a", "b"]', 'a.jsonl:1: a line must be a JSON object like {"text": "...", "label": "..."}. Got ["a", "b"] (list).'),
        ('{"txt": "a", "label": "b"}', "a.jsonl:1: the column 'text' is missing; the line has \"txt\", \"label\". Rename \"txt\" to 'text'?"),
        ('{"text": "a", "intent": "b"}', "a.jsonl:1: the column 'label' is missing; the line has \"text\", \"intent\". Rename \"intent\" to 'label'?"),
        ("{}", "a.jsonl:1: the column 'text' is missing; the line has no column."),
        ('{"text": "a", "label": "b", "contxt": []}', "a.jsonl:1: unknown column \"contxt\"; did you mean 'context'?"),
        ('{"text": 3, "label": "b"}', "a.jsonl:1: 'text' must be a string. Got 3 (int)."),
        ('{"text": null, "label": "b"}', "a.jsonl:1: 'text' must be a string. Got null."),
        ('{"text": " \\t", "label": "b"}', "a.jsonl:1: the text is empty; remove the line or give it a text."),
        ('{"text": "a", "label": true}', "a.jsonl:1: 'label' must be a string or a whole number. Got true (bool)."),
        ('{"text": "a", "label": ["x"]}', "a.jsonl:1: 'label' must be a string or a whole number. Got [\"x\"] (list)."),
        ('{"text": "a", "label": ""}', "a.jsonl:1: the class (column 'label') is empty; remove the line or name its class."),
        ('{"text": "a", "label": "x\\ny"}', "a.jsonl:1: a class name must be one line of printable characters. Got 'x\\ny'."),
        ('{"text": "a", "label": "b", "context": [1]}', "a.jsonl:1: 'context' must be a list of strings (previous utterances, oldest first). Got [1] (list)."),
        ('{"text": "a\\ud83d", "label": "b"}', "a.jsonl:1: '\\ud83d' is half of a surrogate pair, not a character; write the whole character."),
        ("\n\n", "a.jsonl: the file has no example; give it at least two classes."),
    ],
)  # fmt: skip
def test_a_wrong_json_line_is_told(write: Writer, content: str, message: str) -> None:
    refused(write("a.jsonl", content), message)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,class\na,b\n", "a.csv:1: the column 'label' is missing; the line has \"text\", \"class\". Rename \"class\" to 'label'?"),
        ("a.csv", "text,label,text\na,b,c\n", 'a.csv:1: the header names the column "text" twice.'),
        ("a.csv", "text,label\n\nwell, yes,b\n", "a.csv:3: the line must have 2 cells like the header. Got 3: put a cell that has a comma in double quotes."),
        ("a.csv", 'text,label\n"x\ny",b\n"open,b\nc,d\n', 'a.csv:4: the record that begins here is not valid CSV: unexpected end of data; is a closing " missing?'),
        ("a.csv", "text,label\na,\n", "a.csv:2: the class (column 'label') is empty; remove the line or name its class."),
        ("a.tsv", "text\tlabel\na b\n", "a.tsv:2: the line must have 2 cells like the header. Got 1."),
        ("a.tsv", "text,label\na,b\n", "a.tsv:1: the column 'text' is missing; the line has \"text,label\". Rename \"text,label\" to 'text'?"),
        ("a.csv", "", "a.csv: the file has no example; give it at least two classes."),
        ("a.txt", "a", "a.txt: the name of a file of labelled text must end in .jsonl, .csv or .tsv (.gz may follow). Got '.txt'."),
        ("a.gz", "a", "a.gz: the name of a file of labelled text must end in .jsonl, .csv or .tsv (.gz may follow). Got 'no ending'."),
        ("a.csv.gz", "text,label", "a.csv.gz: cannot read the file: Not a gzipped file (b'te')."),
    ],
)  # fmt: skip
def test_a_wrong_table_is_told(write: Writer, name: str, content: str, message: str) -> None:
    refused(write(name, content), message)


def test_bytes_that_are_not_utf8_are_told_with_their_place(write: Writer) -> None:
    data = b'{"text": "a", "label": "b"}\n{"text": "caf\xe9", "label": "b"}\n'
    refused(
        write("a.jsonl", data),
        "a.jsonl:2: byte 14 of the line is 0xe9, which is not UTF-8 here (invalid continuation byte); save the file as UTF-8.",
    )
    refused(write("b.csv", "text,label".encode("utf-16")), "b.csv:1: the file is UTF-16; save it as UTF-8.")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "no.jsonl", "no.jsonl: cannot read the file: No such file or directory.")


def test_a_negative_context_is_refused(write: Writer) -> None:
    refused(write("a.jsonl", GOOD), "The number of utterances of context must be 0 or more. Got -1.", context=-1)


def test_columns_that_are_not_read_are_told_once(write: Writer) -> None:
    more = {"text": "a", "label": "b", "turn": 1, "slots": "O"}
    path = write("a.jsonl", lines({"text": "a", "label": "b"}, more, more))
    assert read_labelled(path).warnings == (
        f"{path}:2: not read: \"slots\", \"turn\"; the columns are 'text', 'label' and 'context'.",
    )


def test_labels_are_sorted_and_numbered(write: Writer) -> None:
    data = load_classify_data(
        write("a.csv", "text,label\na,z\nb,m\nc,a\n"), write("v.jsonl", lines({"text": "q", "label": "m"}))
    )
    assert data.labels == ("a", "m", "z")
    assert data.class_numbers(data.train) == [2, 1, 0]
    assert data.class_numbers([LabelledText("q", "m"), LabelledText("q", "new")]) == [1, -1]
    assert data.warnings == ()


def test_one_class_is_refused(write: Writer) -> None:
    train = write("a.jsonl", "\n" + lines(*[{"text": "a", "label": "only"}] * 3))
    with pytest.raises(
        ClassifyDataError,
        match=re.escape(f"{train}:2: every line has the class 'only'; a classifier needs at least two"),
    ):
        load_classify_data(train, train)


def test_duplicates_are_a_warning_and_strictly_an_error(write: Writer) -> None:
    train = write("a.jsonl", GOOD)
    valid = write("v.jsonl", lines(*[{"text": " HELLO ", "label": "greet"}] * 7, {"text": "new", "label": "part"}))
    places = "; ".join(f"{valid}:{line} = {train}:1" for line in range(1, 6))
    warning = (
        f"7 of 8 lines of {valid} stand in {train} too, letter case and spaces aside ({places}; and 2 more); "
        "the measured accuracy is too high for new text."
    )
    assert load_classify_data(train, valid).warnings == (warning,)
    with pytest.raises(ClassifyDataError) as caught:
        load_classify_data(train, valid, strict=True)
    assert str(caught.value) == f"Refused, because --strict makes every warning an error:\n{warning}"


def test_the_same_text_after_another_utterance_is_no_duplicate(write: Writer) -> None:
    train = write("a.jsonl", lines({"text": "yes", "label": "a", "context": ["x?"]}, {"text": "no", "label": "b"}))
    valid = write("v.jsonl", lines({"text": "yes", "label": "a", "context": ["y?"]}))
    assert load_classify_data(train, valid, context=1).warnings == ()
    assert len(load_classify_data(train, valid).warnings) == 1


def test_context_asked_for_and_not_there_is_told(write: Writer) -> None:
    train, valid = write("a.jsonl", GOOD), write("v.jsonl", lines({"text": "new", "label": "part"}))
    assert load_classify_data(train, valid, context=2).warnings == (
        f"{train}:1: 2 utterances of context were asked for, but no line of the file has a 'context'.",
    )


def test_a_few_unseen_labels_are_a_warning_and_many_an_error(write: Writer) -> None:
    train = write("a.jsonl", GOOD)
    known = [{"text": f"t{number}", "label": "part"} for number in range(19)]
    few = write("v.jsonl", lines(*known, {"text": "odd", "label": "rare"}))
    data = load_classify_data(train, few)
    assert data.warnings == (
        f"1 of 20 lines of {few} have a class that {train} never shows ({few}:20 'rare'); they count as answered wrongly.",
    )
    assert data.class_numbers(data.valid)[-1] == -1
    many = write("w.jsonl", lines(*known[:18], {"text": "odd", "label": "rare"}))
    with pytest.raises(ClassifyDataError) as caught:
        load_classify_data(train, many)
    assert str(caught.value) == (
        f"{many}:19: 1 of 19 lines have a class that {train} never shows ({many}:19 'rare'); "
        "are the two files of one data set?"
    )


@given(st.text())
def test_folding_is_idempotent_and_ignores_spaces(text: str) -> None:
    assert fold(f"  {text}\n") == fold(text)
    assert fold("A  b") == "a b"


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz")), max_size=60), st.integers(0, 3))
def test_holding_out_splits_without_shared_texts_or_lost_classes(pairs: list[tuple[str, str]], seed: int) -> None:
    rows = [LabelledText(text, label, (), line) for line, (text, label) in enumerate(pairs)]
    train, valid = hold_out(rows, share=0.4, seed=seed)
    assert sorted([*train, *valid], key=lambda row: row.line) == rows
    assert {row.label for row in train} == {row.label for row in rows}
    assert (train, valid) == hold_out(rows, share=0.4, seed=seed)


def test_holding_out_takes_the_share_and_keeps_equal_texts_together() -> None:
    rows = [
        LabelledText(f"Text {index % 50}" if index < 50 else f"text  {index % 50}", "ab"[index % 2])
        for index in range(100)
    ]
    train, valid = hold_out(rows, share=0.2)
    assert len(valid) == 20
    assert not {fold(row.text) for row in train} & {fold(row.text) for row in valid}
    assert hold_out(rows, share=0.2, seed=1)[1] != valid
    with pytest.raises(ClassifyDataError, match=r"must lie between 0 and 1 \(both excluded\)\. Got 1\.0\."):
        hold_out(rows, share=1.0)
