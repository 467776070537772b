"""Which procedure a message is about: the current one, another, several, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.procedures.following.judge import Judged, shipped
from actions.procedures.following.neighbours import cues_said, neighbours_of
from actions.procedures.following.options import options
from actions.procedures.following.phrases import without_manner
from knowledge_base.decision import Candidate, Decision, Verdict
from knowledge_base.focus import about, subject_words
from knowledge_base.search import CODE, ProcedureSearch
from knowledge_base.text import expand, fold, words

# Probability from which the likeliest is taken, whether that is to stay or to turn.  With the costs of
# `knowledge_base.calibrate` (wrong 2, asked 1, and 2 more for the one in ten not among those offered) asking is cheaper
# below 0.4; dialogues bear it out, where most messages stay.
LIKELY_FROM = 0.4
ASKED_AMONG = 3  # procedures asked about where none is as likely
OFFERED_SHARE = 0.7  # share of the best score from which words mean one of those offered
OFFERED_MARGIN = 0.05
RETURNED_SHARE = 0.5  # share of the best score from which words mean the one spoken of before
BACK = re.compile(
    r"\b(?:quay lai|tro lai|quay ve|ve lai)(?: (?:cai|voi|chuyen|vu|viec|phan))?|"
    r"\b(?:luc nay|ban nay|hoi nay|luc dau)\b"
)
LONGEST_NAME = 8  # words of a question that may be a procedure's name and nothing else
# Folded words that are left of a want, stand for what is spoken of, or for who is concerned; alone they name no other
# procedure: "đơn theo mẫu nào", "bao giờ có sổ mới", "làm lại", "bà 78 tuổi thì con bà đi thay được không".
LOOSE = frozenset(
    """
    don theo mau tren mang moi lai them so the giay ban cai loai tu roi lau nhanh gap
    ong ba bo me bac chu co cau mo di anh chi em chau con vo chong nguoi nha hai dua nho tre
    tuoi thay tinh ha ho giup phai dich than mot minh deu cung khoe yeu ban xa phuong quan truoc kia dau
    """.split()  # noqa: SIM905 - a word list reads better as words
)
ORDINALS = {"dau": 0, "nhat": 0, "mot": 0, "hai": 1, "nhi": 1, "ba": 2, "bon": 3, "tu": 3, "cuoi": -1}


@dataclass(frozen=True)
class Subject:
    """`code` when one procedure is meant; `candidates` when it must be asked; neither when none fits."""

    code: str | None = None
    candidates: list[Candidate] = field(default_factory=list)
    followed: bool = False  # the message had no subject of its own, or one within the current procedure
    reason: str = ""


def named_words(text: str) -> list[str]:
    """Folded words of `text` that may name another procedure than the one spoken of."""
    found = subject_words(without_manner(text))
    return [] if all(word in LOOSE or word.isdigit() for word in found) else found


def find_subject(
    search: ProcedureSearch, text: str, current: str | None, offered: list[str], spoken: Sequence[str] = ()
) -> Subject:
    """The procedure `text` is about, given the `current` one, those last `offered` as buttons, and all `spoken` of."""
    chosen = pick_offered(text, offered, search)
    if chosen:
        return Subject(chosen, reason="offered")
    if current is None or search.get(current) is None:
        before = _returned_to(search, text, current, spoken)
        return Subject(before, reason="returned") if before else _said(search, text)
    return before_judging(search, text, current, spoken) or _judged(search, text, current, spoken)


def before_judging(search: ProcedureSearch, text: str, current: str, spoken: Sequence[str]) -> Subject | None:
    """What plain rules settle while `current` is in hand: a return, a want without a subject, a code."""
    before = _returned_to(search, text, current, spoken)
    if before:
        return Subject(before, reason="returned")
    if CODE.search(text):
        return _said(search, text)
    if not named_words(text) and not _other_case(search, text, current):
        return Subject(current, followed=True, reason="no_subject")
    return None


def _other_case(search: ProcedureSearch, text: str, current: str) -> bool:
    """Whether words that name nothing tell of a case that is not the current procedure's: "con em 8 tuổi thì sao".

    That somebody is grown up tells nothing, unless the current procedure is one for children.
    """
    said = cues_said(text)
    if not said:
        return False
    known = neighbours_of(search).cues(current)
    told = said - known
    return bool(told - {"grown"}) or ("grown" in told and "child" in known)


def _said(search: ProcedureSearch, text: str) -> Subject:
    """The procedure that the words alone mean."""
    decision = search.search(text, guarded=True)
    if decision.verdict is Verdict.ABSTAIN and decision.reason == "code":
        return Subject(reason="unknown_code")
    return _from(_by_name(search, text) or decision)


def _judged(search: ProcedureSearch, text: str, current: str, spoken: Sequence[str]) -> Subject:
    """What the message most likely leads to; asked about where it leaves the current one without saying where to."""
    judged = _merged(search, shipped().judge(options(search, text, current, spoken)), current)
    best = judged[0]
    if best.code is None:
        return Subject(reason="nothing")
    if best.probability >= LIKELY_FROM:
        stays = best.code == current
        return Subject(best.code, followed=stays, reason="detail" if stays else "turned")
    likely = [option.code for option in judged if option.code is not None][:ASKED_AMONG]
    return Subject(candidates=[search.candidate(code) for code in likely], reason="unsure")


def _merged(search: ProcedureSearch, judged: list[Judged], current: str) -> list[Judged]:
    """One procedure at several levels counts as one: the likeliest of them, with the probability of all."""
    near = neighbours_of(search)
    found: dict[str | None, Judged] = {}
    for option in judged:
        key = near.base(option.code) if option.code else None
        code = current if option.code == current else found[key].code if key in found else option.code
        before = found[key].probability if key in found else 0.0
        found[key] = Judged(code, before + option.probability)
    return sorted(found.values(), key=lambda option: -option.probability)


def _returned_to(search: ProcedureSearch, text: str, current: str | None, spoken: Sequence[str]) -> str | None:
    """The procedure spoken of before that "quay lại cái …" means: what its words fit best, else the one before."""
    earlier = [code for code in spoken if code != current]
    if not earlier or not BACK.search(fold(expand(text))):
        return None
    rest = BACK.sub(" ", fold(expand(text)))
    if not named_words(rest):
        return earlier[-1]
    ranked = search.rank(about(text), limit=len(search))
    fitting = [candidate for candidate in ranked if candidate.code in spoken]
    if not fitting or fitting[0].score < RETURNED_SHARE * ranked[0].score:
        return None
    return fitting[0].code


def _by_name(search: ProcedureSearch, text: str) -> Decision | None:
    """The decision where the message without its asking is the name of a procedure, whatever the asking resembles."""
    named = about(text)
    if named == " ".join(words(expand(text))) or len(words(named)) > LONGEST_NAME:
        return None
    decision = search.search(named, guarded=True)
    return decision if decision.reason == "name" else None


def _from(decision: Decision) -> Subject:
    if decision.verdict is Verdict.ANSWER and decision.best:
        return Subject(decision.best.code, reason=decision.reason)
    if decision.verdict is Verdict.CLARIFY:
        return Subject(candidates=decision.candidates[:4], reason=decision.reason)
    return Subject(reason=decision.reason)


def pick_offered(text: str, offered: list[str], search: ProcedureSearch) -> str | None:
    """The offered procedure a short reply points at: "2", "cái đầu", or words that fit one of them best."""
    if not offered:
        return None
    if len(words(text)) > 12:
        return None
    plain = [fold(word) for word in words(about(text))]
    numbers = [int(word) for word in plain if word.isdigit() and len(word) == 1]
    if len(numbers) == 1 and 1 <= numbers[0] <= len(offered) and len(plain) <= 4:
        return offered[numbers[0] - 1]
    if plain and len(plain) <= 4 and any(word in ("cai", "thu", "so", "muc", "dau", "cuoi") for word in plain):
        for word in plain:
            if word in ORDINALS:
                index = ORDINALS[word]
                return offered[index] if -1 <= index < len(offered) else None
    if not named_words(text):
        return None
    ranked = search.rank(about(text), limit=len(search))
    fitting = [candidate for candidate in ranked if candidate.code in offered]
    if not fitting or fitting[0].score < OFFERED_SHARE * ranked[0].score:
        return None
    clear = len(fitting) == 1 or fitting[0].score - fitting[1].score >= OFFERED_MARGIN
    return fitting[0].code if clear else None
