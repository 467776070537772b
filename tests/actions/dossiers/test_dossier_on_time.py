"""On time, nearly due, late: the rule, case by case."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.dossiers.model import Apology, DossierStatus, Supplement
from actions.dossiers.on_time import LateReason, Punctuality, judge

S, P, L = DossierStatus, Punctuality, LateReason


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ((25, 17), (P.ON_TIME, L.NONE)),
        ((23, 17), (P.ON_TIME, L.NONE)),  # Thu, Fri, Mon: 3 working days
        ((20, 17), (P.NEARLY_DUE, L.NONE)),  # Thu, Fri
        ((18, 17), (P.NEARLY_DUE, L.NONE)),  # later today
        ((18, 9, 29), (P.LATE, L.DUE_PASSED)),
        ((18, 0), (P.NEARLY_DUE, L.NONE)),  # a date without an hour lasts until its end
        ((17, 0), (P.LATE, L.DUE_PASSED)),
        ((13, 17), (P.LATE, L.DUE_PASSED)),
    ],
)
@pytest.mark.parametrize("status", [S.RECEIVED, S.PROCESSING, S.PAYMENT])
def test_running(make_dossier, at, working_days, due, expected, status) -> None:
    assert judge(make_dossier(status=status, due_at=at(*due)), at(18), working_days) == expected


def test_a_weekend_does_not_count(make_dossier, at, working_days) -> None:
    dossier = make_dossier(due_at=at(24, 17))
    assert judge(dossier, at(20), working_days)[0] is P.NEARLY_DUE  # Friday: Monday and Tuesday are left


@pytest.mark.parametrize("status", [S.NOT_RECEIVED, S.WITHDRAWN, S.STOPPED, S.DONE, S.RETURNED])
def test_ended(make_dossier, at, working_days, status) -> None:
    def told(**dates: dt.datetime | None):
        return judge(make_dossier(status=status, **dates), at(18), working_days)

    assert told(due_at=at(16, 17), finished_at=at(16, 17)) == (P.ENDED_ON_TIME, L.NONE)
    assert told(due_at=at(16, 17), finished_at=at(16, 18)) == (P.ENDED_LATE, L.DUE_PASSED)
    # handled in time and handed over late: handling counts
    assert told(due_at=at(16, 17), finished_at=at(16, 10), returned_at=at(18, 8)) == (P.ENDED_ON_TIME, L.NONE)
    assert told(due_at=at(16, 17), returned_at=at(17, 8)) == (P.ENDED_LATE, L.DUE_PASSED)
    assert told(due_at=at(16, 17)) == (P.UNKNOWN, L.NONE)  # when it ended is not told


def test_not_started_paused_unknown(make_dossier, at, working_days) -> None:
    late = at(10, 17)
    assert judge(make_dossier(status=S.SUBMITTED, due_at=late), at(18), working_days) == (P.NOT_STARTED, L.NONE)
    assert judge(make_dossier(status=S.SUPPLEMENT, due_at=late), at(18), working_days) == (P.PAUSED, L.NONE)
    assert judge(make_dossier(status=None, status_raw="17", due_at=late), at(18), working_days) == (P.UNKNOWN, L.NONE)


def test_waiting_for_supplements_is_taken_out(make_dossier, at, working_days) -> None:
    moved = Supplement(requested_at=at(11), old_due=at(16, 17), new_due=at(25, 17))
    assert judge(make_dossier(due_at=at(16, 17), supplements=[moved]), at(18), working_days) == (P.ON_TIME, L.NONE)
    answered = Supplement(requested_at=at(10), answered_at=at(16))
    assert judge(make_dossier(due_at=at(16, 17), supplements=[answered]), at(18), working_days)[0] is P.NEARLY_DUE
    over_a_weekend = Supplement(requested_at=at(13, 16), answered_at=at(16, 9))  # Friday to Monday: one working day
    dossier = make_dossier(due_at=at(17, 17), supplements=[over_a_weekend])
    assert judge(dossier, at(18, 16), working_days) == (P.NEARLY_DUE, L.NONE)
    assert judge(dossier, at(18, 18), working_days) == (P.LATE, L.DUE_PASSED)
    before_a_weekend = make_dossier(
        due_at=at(13, 17), supplements=[Supplement(requested_at=at(10), answered_at=at(11))]
    )
    assert judge(before_a_weekend, at(16), working_days)[0] is P.NEARLY_DUE  # Friday and one working day: Monday
    # the system has moved the due date already: not counted twice
    once = [Supplement(old_due=at(13, 17), new_due=at(17, 17))]
    assert judge(make_dossier(due_at=at(17, 17), supplements=once), at(18), working_days) == (P.LATE, L.DUE_PASSED)


def test_where_waiting_is_not_told_lateness_is_not_claimed(make_dossier, at, working_days) -> None:
    told_nothing = Supplement(requested_at=at(11))
    dossier = make_dossier(due_at=at(16, 17), supplements=[told_nothing])
    assert judge(dossier, at(16), working_days)[0] is P.NEARLY_DUE
    assert judge(dossier, at(18), working_days) == (P.UNCOUNTED, L.NONE)
    ended = make_dossier(status=S.DONE, due_at=at(16, 17), finished_at=at(17), supplements=[told_nothing])
    assert judge(ended, at(18), working_days) == (P.UNCOUNTED, L.NONE)
    after_the_due_date = make_dossier(due_at=at(16, 17), supplements=[Supplement(requested_at=at(17))])
    assert judge(after_the_due_date, at(18), working_days) == (P.LATE, L.DUE_PASSED)


def test_papers_asked_for_after_the_due_date_do_not_hide_lateness(make_dossier, at, working_days) -> None:
    def told(day: int) -> object:
        asked = [Supplement(requested_at=at(day))]
        return judge(make_dossier(status=S.SUPPLEMENT, due_at=at(16, 17), supplements=asked), at(18), working_days)

    assert told(16) == (P.PAUSED, L.NONE)
    assert told(17) == (P.LATE, L.DUE_PASSED)


def test_an_apology_moves_no_due_date(make_dossier, at, working_days) -> None:
    dossier = make_dossier(due_at=at(16, 17), apologies=[Apology(sent_at=at(17), new_due=at(25, 17))])
    assert judge(dossier, at(18), working_days) == (P.LATE, L.DUE_PASSED)
    done = make_dossier(status=S.DONE, due_at=at(16, 17), finished_at=at(17), apologies=dossier.apologies)
    assert judge(done, at(18), working_days) == (P.ENDED_LATE, L.DUE_PASSED)


def test_waiting_is_taken_out_of_the_statutory_time_too(make_dossier, at, working_days) -> None:
    waited = Supplement(requested_at=at(11), answered_at=at(13))  # two working days of six
    dossier = make_dossier(due_at=None, received_at=at(10), supplements=[waited])
    expected = {3: P.LATE, 4: P.NEARLY_DUE, 7: P.ON_TIME}
    for allowed, told in expected.items():
        assert judge(dossier, at(18), working_days, lambda _code, days=allowed: days)[0] is told


def test_a_second_request_for_supplements_counts_as_late(make_dossier, at, working_days) -> None:
    twice = [Supplement(), Supplement()]
    for status, expected in ((S.PROCESSING, P.LATE), (S.SUPPLEMENT, P.LATE), (S.DONE, P.ENDED_LATE)):
        dossier = make_dossier(status=status, supplements=twice, finished_at=at(11))
        assert judge(dossier, at(18), working_days) == (expected, L.SECOND_SUPPLEMENT)


def test_without_a_due_date_the_longest_statutory_time_counts(make_dossier, at, working_days) -> None:
    dossier = make_dossier(due_at=None, received_at=at(10))  # 6 working days ago
    expected = {None: P.UNKNOWN, 5: P.LATE, 6: P.NEARLY_DUE, 8: P.NEARLY_DUE, 9: P.ON_TIME}
    for allowed, told in expected.items():
        assert judge(dossier, at(18), working_days, lambda _code, days=allowed: days)[0] is told
    late = judge(dossier, at(18), working_days, lambda code: {"1.001193": 5}[code])
    assert late == (P.LATE, L.STATUTORY_PASSED)
    assert judge(make_dossier(due_at=None, received_at=None), at(18), working_days, lambda _: 5)[0] is P.UNKNOWN


def test_the_same_in_any_time_zone(make_dossier, at, working_days) -> None:
    dossier = make_dossier(due_at=at(18, 0).astimezone(dt.UTC))
    assert judge(dossier, at(18, 23).astimezone(dt.UTC), working_days)[0] is P.NEARLY_DUE
