"""What was changed between two texts, word by word."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from editorial.wording_diff import Kind, Span, word_diff
from tests.patience import within

texts = st.one_of(
    st.text(), st.lists(st.sampled_from(["one ", "two", " ", "\n", ".", "three", "\r\n", "é"])).map("".join)
)


def told(old: str, new: str) -> list[tuple[str, str]]:
    """Kind and text of each span."""
    return [(span.kind.value, span.text) for span in word_diff(old, new)]


@given(old=texts, new=texts)
def test_the_spans_give_both_texts_again(old: str, new: str) -> None:
    spans = word_diff(old, new)
    assert "".join(span.text for span in spans if span.kind is not Kind.ADDED) == old
    assert "".join(span.text for span in spans if span.kind is not Kind.REMOVED) == new


@given(old=texts, new=texts)
def test_spans_are_neither_empty_nor_in_pieces(old: str, new: str) -> None:
    spans = word_diff(old, new)
    assert all(span.text for span in spans)
    assert all(one.kind != other.kind for one, other in pairwise(spans))


@given(text=texts)
def test_the_same_text_is_one_span(text: str) -> None:
    assert word_diff(text, text) == ((Span(kind=Kind.SAME, text=text),) if text else ())


def test_a_word_that_took_the_place_of_another_is_told_alone() -> None:
    assert told("Report it once a session.", "Report it twice a session.") == [
        ("same", "Report it "),
        ("removed", "once"),
        ("added", "twice"),
        ("same", " a session."),
    ]


def test_words_at_the_end_of_a_line_leave_the_line_as_it_was() -> None:
    assert told("First line\nSecond line\n", "First line, longer\nSecond line\n") == [
        ("same", "First line"),
        ("added", ", longer"),
        ("same", "\nSecond line\n"),
    ]


def test_a_paragraph_that_went_is_told_whole() -> None:
    assert told("One.\n\nTwo.\n\nThree.", "One.\n\nThree.") == [
        ("same", "One.\n\n"),
        ("removed", "Two.\n\n"),
        ("same", "Three."),
    ]


def test_blanks_alone_are_nothing_two_texts_have_in_common() -> None:
    assert told("alpha beta gamma", "one two three") == [
        ("removed", "alpha beta gamma"),
        ("added", "one two three"),
    ]


def test_texts_of_a_book_take_no_minute() -> None:
    with within(20):
        word_diff("the " * 200_000, "a the " * 150_000)
        word_diff("x\n" * 200_000, "y\nx\n" * 150_000)
