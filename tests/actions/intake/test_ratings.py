"""Ratings: once each, without a person, with a reason and a comment after."""

from __future__ import annotations

from sqlalchemy import text

from actions.clock import FixedClock
from actions.database import Database
from actions.intake.ratings import KEEP_DAYS, SCORES, Matter, Ratings, Reason, Score


def test_a_rating_is_given_once_and_explained_later(ratings: Ratings, database: Database) -> None:
    assert ratings.add("one", Matter.ANSWER, "1.001193", Score.UNSATISFIED, "web")
    assert not ratings.add("one", Matter.ANSWER, "1.001193", Score.VERY_SATISFIED, "web")
    assert ratings.give_reason("one", Reason.HARD)
    assert ratings.comment("one", "  Nhiều chữ quá ")
    assert ratings.add("two", Matter.BOOKING, "", Score.VERY_SATISFIED, "telegram")
    [one, two] = ratings.all()
    assert (one.score, one.reason, one.comment) == (Score.UNSATISFIED, "hard", "Nhiều chữ quá")
    assert (two.matter, two.score, two.comment) == ("booking", Score.VERY_SATISFIED, "")
    with database.begin() as session:
        row = session.execute(text("SELECT * FROM ratings WHERE id = 'one'")).one()
    assert "conversation" not in row._fields
    assert "Nhiều" not in str(row)


def test_an_unknown_rating_takes_nothing(ratings: Ratings) -> None:
    assert not ratings.give_reason("nothing", Reason.SLOW)
    assert not ratings.comment("nothing", "x")
    assert ratings.all() == []


def test_every_score_has_a_button() -> None:
    assert set(SCORES.values()) == set(Score)


def test_a_comment_is_erased_in_time(ratings: Ratings, clock: FixedClock) -> None:
    for name, days in (("old", 0), ("new", KEEP_DAYS)):
        clock.advance(days=days)
        ratings.add(name, Matter.ANSWER, "1.001193", Score.UNSATISFIED, "web")
        ratings.comment(name, f"Gọi tôi {name}")
    assert ratings.erase_past() == 0
    clock.advance(minutes=1)
    assert (ratings.erase_past(), ratings.erase_past()) == (1, 0)
    assert {one.comment for one in ratings.all()} == {"", "Gọi tôi new"}
