"""Progress: a line now and then where there is no terminal, a bar where there is one, nothing when asked."""

import io
import sys

import pytest
from mmdata.pipelines.progress import Bar, Lines, Silent, shown_on


class Clock:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_come_at_most_every_few_seconds():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)
    lines.start("reading", 1000)
    for _ in range(100):
        clock.now += 0.11
        lines.advance(10)
    lines.done()
    assert stream.getvalue() == (
        "reading: 460 of 1,000 (46%), 91 a second, 6 s left\n"
        "reading: 920 of 1,000 (92%), 91 a second, 1 s left\n"
        "reading: 1,000 in 11 s\n"
    )


def test_of_several_data_sets_a_line_says_which_it_is_of():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)
    for name in ("swift", ""):
        lines.about(name)
        lines.start("reading", None)
        clock.now += 10
        lines.advance(10)
    assert stream.getvalue() == "swift: reading: 10, 1 a second\nswift: reading: 10 in 10 s\nreading: 10, 1 a second\n"


def test_a_short_stage_is_not_mentioned():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)
    lines.start("reading", None)
    lines.advance(10)
    lines.done()
    lines.done()
    assert stream.getvalue() == ""


def test_without_a_total_there_is_no_time_left():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)
    lines.start("reading", None)
    clock.now += 125
    lines.advance(0)
    lines.advance(250)
    lines.start("writing", 1)
    assert stream.getvalue() == "reading: 0, 0 a second\nreading: 250 in 2 min 5 s\n"


@pytest.mark.parametrize(
    ("stream", "quiet", "kind"), [(io.StringIO(), False, Lines), (Terminal(), False, Bar), (Terminal(), True, Silent)]
)
def test_each_stream_its_own(stream, quiet, kind):
    assert type(shown_on(stream, quiet=quiet)) is kind


def test_a_bar_draws_and_goes_away():
    stream = Terminal()
    with Bar(stream) as bar:
        bar.advance(1)  # before any stage: nothing to move
        bar.start("reading", None)
        bar.advance(5)
        bar.about("swift")
        bar.start("writing", 10)
        bar.advance(10)
        bar.done()
        bar.done()
    assert "swift: writing" in stream.getvalue()
    assert "10/10" in stream.getvalue()


def test_the_terminal_is_given_back_after_an_exception():
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), Bar(stream) as bar:
        bar.start("reading", 10)
        raise KeyboardInterrupt
    assert stream.getvalue().rstrip().endswith("\x1b[2K") or "\x1b[?25h" in stream.getvalue()  # the cursor is back
    assert "Live" not in str(sys.exc_info())
