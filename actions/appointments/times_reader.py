"""Reads one text for days and times, pattern by pattern; `times.parse_when` puts what it found together.

What a pattern took is blanked, so that no word counts twice.  Folding keeps the length of the text, so the accented
form of each match can be looked at where the folded one is not enough ("tối"/"tôi", "mốt"/"một", "sáng"/"sang").
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from actions.appointments import times_words as words
from knowledge_base.text import fold

_DAY = dt.timedelta(days=1)
_TAKEN = "\x00"
_RECENT = dt.timedelta(days=60)  # a date without year that passed this lately is meant as past, not as next year's
_ACCENTED_PARTS = {"sáng", "trưa", "chiều", "tối", "đêm", "khuya"}
_SURE_PARTS = {"trua", "chieu", "khuya"}  # folded words that hardly mean anything else
_LONG_AGO = 1900


@dataclass(frozen=True)
class Clock:
    """`literal`: written as a 24-hour time ("08:15", "14h"), not to be shifted."""

    hour: int
    minute: int = 0
    less: int = 0
    part: str = ""
    literal: bool = False


@dataclass(frozen=True)
class Weekday:
    """`weeks`: 0 this week, 1 next, …; None: the next such day.  `strict`: not today."""

    index: int
    weeks: int | None = None
    strict: bool = False

    @property
    def open(self) -> bool:
        return self.weeks is None

    def resolve(self, today: dt.date) -> dt.date:
        if self.weeks is not None:
            return today - today.weekday() * _DAY + (self.index + 7 * self.weeks) * _DAY
        ahead = (self.index - today.weekday()) % 7
        return today + (ahead or (7 if self.strict else 0)) * _DAY


class Reader:
    def __init__(self, text: str, now: dt.datetime) -> None:
        self._accented = unicodedata.normalize("NFC", text).lower()
        self._folded = "".join(_fold_letter(letter) for letter in self._accented)
        self._has_accents = self._accented != self._folded
        self._now = now
        self._today = now.date()
        self.dates: list[dt.date] = []
        self.days: tuple[dt.date, dt.date] | None = None
        self.weekdays: list[Weekday] = []
        self.clocks: list[Clock] = []
        self.span = False
        self.bound = ""
        self.part = ""
        self.moment: dt.datetime | None = None
        self.problems: list[tuple[str, str]] = []

    def read(self) -> None:
        self._blank_former()
        self._blank_names()
        self._lunar()
        self._span_dash()
        self._written_dates()
        self._counted()
        self._weekdays()
        self._relative_days()
        self._days_of_month()
        self._stretches()
        self._clock_times()
        self._parts()

    # taking

    def _take(self, match: re.Match[str], end: int | None = None) -> None:
        stop = match.end() if end is None else end
        self._folded = self._folded[: match.start()] + _TAKEN * (stop - match.start()) + self._folded[stop:]

    def _each(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        return list(pattern.finditer(self._folded))

    def _said(self, match: re.Match[str], group: str | int = 0) -> str:
        return self._accented[match.start(group) : match.end(group)]

    def _wrong_accent(self, match: re.Match[str], word: str, *right: str) -> bool:
        """Whether the text has accents and the folded `word` in the match stands for something else than `right`."""
        if not self._has_accents:
            return False
        said = self._said(match).split()
        return word in [fold(one) for one in said] and not any(one in right for one in said)

    # days

    def _blank_names(self) -> None:
        for match in self._each(words.PLACE_WITH_MAI):
            self._folded = self._folded.replace(match.group(), "_" * len(match.group()))

    def _blank_former(self) -> None:
        """ "đổi từ thứ 4 sang thứ 5", "không phải 9h mà 10h": only what comes after counts."""
        for match in self._each(words.FORMER):
            turn = "a" if match["a"] else "b"
            if self._has_accents and self._said(match, turn) not in ("sang", "thành", "qua", "mà"):
                continue
            self._folded = "_" * match.end() + self._folded[match.end() :]

    def _lunar(self) -> None:
        for match in self._each(words.LUNAR_DAY):
            self._take(match)
            self.problems.append(("lunar_date", match.group()))

    def _written_dates(self) -> None:
        for pattern in (words.ISO_DATE, words.FULL_DATE, words.SPOKEN_DATE, words.NEXT_MONTH_DAY, words.SHORT_DATE):
            for match in self._each(pattern):
                if pattern is words.NEXT_MONTH_DAY:
                    self._take(match)
                    self._in_month(words.number(match["d"]), 0 if match["which"] == "nay" else 1)
                elif match.groupdict().get("lunar") or match["m"] in ("gieng", "chap"):
                    self._take(match)
                    self.problems.append(("lunar_date", match.group()))
                else:
                    self._written_date(match)

    def _written_date(self, match: re.Match[str]) -> None:
        day, month = words.number(match["d"]), words.number(match["m"])
        year = match.groupdict().get("y")
        if not year and (day, month) == (24, 24):  # "24/24": round the clock
            self._take(match)
        elif month > 31 or (day > 31 and month > 12):
            return
        else:
            self._take(match)
            self._date(day, month, (2000 if len(year) == 2 else 0) + int(year) if year else None)

    def _date(self, day: int, month: int, year: int | None) -> None:
        if not 1 <= month <= 12:
            self.problems.append(("impossible_date", f"no month {month}"))
            return
        chosen = year or self._year_of(day, month)
        if not _LONG_AGO <= chosen < dt.MAXYEAR:
            self.problems.append(("impossible_date", f"no year {chosen}"))
            return
        longest = calendar.monthrange(chosen, month)[1]
        if not 1 <= day <= longest:
            self.problems.append(("impossible_date", f"month {month} of {chosen} has {longest} days"))
            return
        self.dates.append(dt.date(chosen, month, day))

    def _year_of(self, day: int, month: int) -> int:
        """The year of a date said without one: this year's, or next year's when that is long past."""
        longest = calendar.monthrange(self._today.year, month)[1]
        this_year = dt.date(self._today.year, month, max(1, min(day, longest)))
        return self._today.year + (this_year < self._today - _RECENT)

    def _in_month(self, day: int, ahead: int) -> None:
        index = self._today.month - 1 + ahead
        self._date(day, index % 12 + 1, self._today.year + index // 12)

    def _days_of_month(self) -> None:
        """ "ngày 15", "mùng 3": the next such day, this month or one of the following."""
        for match in self._each(words.DAY_OF_MONTH):
            day = words.number(match["d"] or match["e"])
            self._take(match)
            if not 1 <= day <= 31:
                self.problems.append(("impossible_date", f"no day {day}"))
                continue
            for ahead in range(3):
                index = self._today.month - 1 + ahead
                year, month = self._today.year + index // 12, index % 12 + 1
                if day <= calendar.monthrange(year, month)[1] and dt.date(year, month, day) >= self._today:
                    self.dates.append(dt.date(year, month, day))
                    break

    def _counted(self) -> None:
        for match in self._each(words.IN_HOURS):
            self._take(match)
            count = words.number(match["n"])
            minutes = match["unit"] in ("phut", "p")
            self.moment = self._now + (dt.timedelta(minutes=count) if minutes else dt.timedelta(hours=count))
        for match in self._each(words.IN_DAYS):
            self._take(match)
            self.dates.append(self._today + words.number(match["n"] or match["n2"]) * _DAY)

    def _weekdays(self) -> None:
        for match in self._each(words.WEEKDAY):
            if match["name"] and self._wrong_accent(match, "thu", "thứ"):
                continue
            self._take(match)
            name = match["name"] or match["digit"]
            if name in ("8", "9"):
                self.problems.append(("impossible_date", f"no weekday {name}"))
                continue
            index = words.DAY_NAME[name] if name else words.SUNDAY
            said = match["before"] or match["after"]
            self.weekdays.append(Weekday(index, _weeks(said), strict=said == "toi"))
        for match in self._each(words.IN_WEEKS):
            if not self.weekdays:
                self._take(match)
                self.dates.append(self._today + 7 * words.number(match["n"]) * _DAY)

    def _relative_days(self) -> None:
        steps = {"today": 0, "past2": -2, "past1": -1, "after2": 2, "tomorrow": 1}
        for match in self._each(words.RELATIVE_DAY):
            kind = str(match.lastgroup)
            if self._not_a_day(match, kind):
                continue
            step = 3 if kind == "after2" and "kìa" in self._said(match) else steps[kind]
            first = match.group().split()[0]
            if first in words.PARTS:
                self.part = self.part or words.PARTS[first]
            self._take(match)
            self.dates.append(self._today + step * _DAY)
        for match in self._each(words.THIS_PART):
            if self._wrong_accent(match, "nay", "nay") or self._wrong_accent(match, match["part"], *_ACCENTED_PARTS):
                continue
            self._take(match)
            self.part = words.PARTS[match["part"]]
            self.dates.append(self._today)
        for match in self._each(words.BARE_NAY):
            if not self._wrong_accent(match, "nay", "nay"):
                self._take(match)
                self.dates.append(self._today)

    def _not_a_day(self, match: re.Match[str], kind: str) -> bool:
        said = match.group()
        if said == "mot":  # "mốt" alone only with its accent: else it is "một"
            return self._said(match) != "mốt"
        if kind == "after2":
            return self._wrong_accent(match, "mot", "mốt") or self._wrong_accent(match, "ngay", "ngày")
        if kind == "past1" and said.startswith(("toi", "sang")):  # "tôi qua", "sang qua": go over
            return self._said(match).split()[0] not in _ACCENTED_PARTS
        return kind == "tomorrow" and self._wrong_accent(match, "mai", "mai")

    def _stretches(self) -> None:
        monday = self._today - self._today.weekday() * _DAY
        for match in [*self._each(words.WEEK), *self._each(words.WEEKEND)]:
            if not self._folded[match.start() : match.end()].strip(_TAKEN):
                continue  # the first pattern took it
            weeks = _weeks(match.groupdict().get("week"))
            if self._wrong_accent(match, "tuan", "tuần") or (weeks is None and match.groupdict().get("week")):
                continue
            self._take(match)
            first, last = {"dau": (0, 1), "giua": (2, 3), "cuoi": (5, 6)}.get(match["which"] or "", (0, 6))
            start = monday + 7 * (weeks or 0) * _DAY
            self._stretch(start + first * _DAY, start + last * _DAY)
        for match in self._each(words.MONTH):
            self._take(match)
            index = self._today.month - 1 + (match["next"] != "nay")
            year, month = self._today.year + index // 12, index % 12 + 1
            length = calendar.monthrange(year, month)[1]
            thirds = {"dau": (1, 10), "giua": (11, 20), "cuoi": (21, length)}
            first, last = thirds.get(match["which"] or "", (1, length))
            self._stretch(dt.date(year, month, first), dt.date(year, month, last))

    def _stretch(self, first: dt.date, last: dt.date) -> None:
        if self.days is None:
            self.days = (max(first, self._today) if last >= self._today else first, last)

    # times of day

    def _span_dash(self) -> None:
        """ "8-10h", "từ 8 đến 10 giờ": the first hour has no mark of its own."""
        for match in self._each(words.SPAN_DASH)[:1]:
            self.clocks.append(Clock(words.number(match["a"])))
            self.span = True
            self._take(match)

    def _clock_times(self) -> None:
        matches = self._each(words.CLOCK)
        for position, match in enumerate(matches):
            before = self._folded[: match.start()]
            if position:
                between = self._folded[matches[position - 1].end() : match.start()]
                joined = words.SPAN_JOIN.match(between.replace(_TAKEN, ""))
                self.span = self.span or bool(joined)
            elif words.BEFORE_WORD.search(before):
                self.bound = "before"
            elif words.AFTER_WORD.search(before):
                self.bound = "after"
            self.clocks.append(self._clock(match))
        for match in matches:
            self._take(match)
        if not self.clocks:
            for pattern in (words.AT_HOUR, words.HOUR_PART):
                for match in self._each(pattern)[:1]:
                    if self._has_accents and pattern is words.HOUR_PART and not self._part_follows(match.end()):
                        continue
                    self._take(match)
                    self.clocks.append(Clock(words.number(match["h"])))
                if self.clocks:
                    break

    def _clock(self, match: re.Match[str]) -> Clock:
        get = match.groupdict().get
        hour = next(value for value in (get(f"h{index}") for index in range(1, 7)) if value)
        minute = next((value for value in (get(f"m{index}") for index in range(1, 5)) if value), None)
        less = get("less") or get("less2")
        half = bool(get("half") or get("half2"))
        half_day = get("ampm") or get("ampm6")
        part = {"am": "morning", "pm": "afternoon"}.get(half_day or "", "") or self._part_after(match.end())
        value = words.number(hour)
        return Clock(
            hour=value,
            minute=30 if half else words.number(minute) if minute else 0,
            less=words.number(less) if less else 0,
            part=part,
            literal=value > 12 or (len(hour) == 2 and hour[0] == "0"),
        )

    def _part_follows(self, start: int) -> bool:
        word = re.match(r"\s*(\w+)", self._accented[start:])
        return bool(word and word[1] in _ACCENTED_PARTS)

    def _part_after(self, start: int) -> str:
        """The part of the day right behind a time: "9h sáng", "7h toi"."""
        match = words.PART_AFTER.match(self._folded[start:])
        if not match:
            return ""
        said = self._accented[start + match.start(1) : start + match.end(1)]
        if self._has_accents and said not in _ACCENTED_PARTS:
            return ""
        return words.PARTS[match[1]]

    def _parts(self) -> None:
        if self.part:
            return
        for match in re.finditer(r"\b(?:sang|trua|chieu|toi|dem|khuya)\b", self._folded):
            if self._is_part(match):
                self.part = words.PARTS[match.group()]
                return
        self.part = next((clock.part for clock in self.clocks if clock.part), "")

    def _is_part(self, match: re.Match[str]) -> bool:
        if self._has_accents:
            return self._said(match) in _ACCENTED_PARTS
        word = match.group()
        before, after = self._folded[: match.start()].rstrip(), self._folded[match.end() :].lstrip()
        if word in _SURE_PARTS or before.endswith("buoi") or not (before or after):
            return True
        if word == "sang":
            if words.MOVING.search(before):  # "doi lich sang …": to another time
                return False
            return before.endswith(_TAKEN) or after.startswith((_TAKEN, "som"))
        return False  # "toi" is mostly "tôi" (I), "dem" mostly "đem" (bring)


def _fold_letter(letter: str) -> str:
    plain = fold(letter)
    return plain if len(plain) == 1 else letter


def _weeks(said: str | None) -> int | None:
    """How many weeks ahead a phrase means; None for "the next such day"."""
    if not said or said in ("nay", "toi"):
        return None
    if said in ("truoc", "roi"):
        return -1
    if said == "sau":
        return 1
    if not said.startswith("tuan"):
        return words.number(re.split(r"\s+tuan", said)[0])
    rest = said[4:].strip()
    if rest.endswith("nua"):
        return 2
    return {"nay": 0, "truoc": -1, "roi": -1, "qua": -1}.get(rest, 1)
