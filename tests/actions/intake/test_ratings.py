"""Ratings: once each, without a person, with a reason and a comment after."""

from __future__ import annotations

from sqlalchemy import text

from actions.database import Database
from actions.intake.ratings import SCORES, Matter, Ratings, Reason, Score


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
