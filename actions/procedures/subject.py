"""Which procedure a message is about: the current one, another, several, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge_base.decision import Candidate, Decision, Verdict
from knowledge_base.focus import about, subject_words
from knowledge_base.passages import find_passages
from knowledge_base.procedure import Procedure
from knowledge_base.search import CODE, ProcedureSearch
from knowledge_base.text import expand, fold, words

# The current procedure keeps a message as long as it fits at least this share as well as the best one does.
# Read off development dialogues: details of the current procedure 0.54 and more, other subjects 0.48 and less.
KEEP_SHARE = 0.5
SHORT = 3  # words that may name a subject; a message with no more is short
SHORT_FROM = 0.75  # score from which a short message names a subject after all
SHORT_NAMED = 0.95  # score from which a short message is taken for a procedure's name
SHORT_CLEAR = 0.85  # confidence from which it is, whatever the score
NEAR = 0.8  # share of the best score from which one spoken of before is meant
SHORT_SURE = 0.7  # confidence from which it is stated rather than asked about
KEEP_SHARE_CONTRAST = 0.7  # "còn nếu mất thì sao": the citizen says that something differs
KEEP_SHARE_AFTER = 0.95  # "xong rồi, giờ xin …": the citizen says that something else follows
TOLD_FROM = 0.9  # score of a line of the current record from which it tells what is asked
NAMED_FROM = 0.85  # score from which a message names a procedure, whatever the current record tells
FAR = 0.4  # share of the best score under which the current procedure is not what a stated one is told of
CLEAR = 0.85  # confidence from which another procedure is meant, whatever the current record tells
NEIGHBOUR_MARGIN = 0.06  # how much better a procedure of the same field must fit after "không, ý tôi là…"
OFFERED_MARGIN = 0.05
CORRECTION = re.compile(
    r"^(?:khong|ko|a|uh|nham)\b.*\b(?:y (?:toi|em|minh|chau)|chu khong)\b|\by (?:toi|em|minh|chau) la\b|"
    r"^(?:khong|ko|k) phai,"
)
EMPHASIS = re.compile(r"\bcơ(?=$|[,.;])")  # "… cơ": that one, not the one you took; unmarked "co" is mostly "có"
BACK = re.compile(
    r"\b(?:quay lai|tro lai|quay ve|ve lai)(?: (?:cai|voi|chuyen|vu|viec|phan))?|"
    r"\b(?:luc nay|ban nay|hoi nay|luc dau)\b"
)
# "Có phải dịch công chứng không": whether the procedure spoken of needs it; who applies for it says so ("xin", "làm").
TURNS_TO = re.compile(r"^(?:the |vay |a |ma )*con (?!neu\b).+")  # "thế còn căn cước": another subject, named
NEEDED = re.compile(r"^(?:the |vay |a |ma |con )*(?:co )?(?:phai|can)\b(?!.*\b(?:xin|lam|dang ky|cap|mo)\b).*\bkhong\b")
LONGEST_NAME = 8  # words of a question that may be a procedure's name and nothing else
AFTER = re.compile(r"\b(?:xong|xong roi|xong viec)\b.*\b(?:gio|bay gio|tiep theo)\b")
# Folded words that are left of a want, stand for what is spoken of, or for who is concerned; alone they name no other
# procedure: "đơn theo mẫu nào", "bao giờ có sổ mới", "làm lại", "bà 78 tuổi thì con bà đi thay được không".
LOOSE = frozenset(
    """
    don theo mau tren mang moi lai them so the giay ban cai loai tu roi lau nhanh gap
    ong ba bo me bac chu co cau mo di anh chi em chau con vo chong nguoi nha hai dua nho tre
    tuoi thay ho giup phai dich than mot minh deu cung khoe yeu ban xa phuong quan truoc kia dau
    """.split()  # noqa: SIM905 - a word list reads better as words
)
CONTRAST = re.compile(r"^(?:the |vay |a |ma )*(?:con|neu|nhung|lo)\b|\bcon neu\b|\bthi sao\b")
ORDINALS = {"dau": 0, "nhat": 0, "mot": 0, "hai": 1, "nhi": 1, "ba": 2, "bon": 3, "tu": 3, "cuoi": -1}


@dataclass(frozen=True)
class Subject:
    """`code` when one procedure is meant; `candidates` when it must be asked; neither when none fits."""

    code: str | None = None
    candidates: list[Candidate] = field(default_factory=list)
    followed: bool = False  # the message had no subject of its own, or one within the current procedure
    reason: str = ""


def is_correction(text: str) -> bool:
    """ "Không, ý tôi là…": the want stays, the subject was misunderstood."""
    plain = expand(text).lower().strip(" .!?")
    return bool(CORRECTION.search(fold(plain)) or EMPHASIS.search(plain))


def is_contrast(text: str) -> bool:
    """ "Còn nếu…", "… thì sao?": the want stays, the case differs."""
    return bool(CONTRAST.search(fold(expand(text)).strip(" .!?")))


# How long something holds, and by which way it is filed: neither names a procedure.
_BESIDE = re.compile(
    r"\b(?:thoi han|thoi gian|hieu luc|gia tri|nguoi gia)\b|"
    r"\b(?:tren|qua|bang|vao) (?:app|ung dung|web|zalo|vneid|dinh danh dien tu)\b(?: dinh danh dien tu)?"
)


def named_words(text: str) -> list[str]:
    """Folded words of `text` that may name another procedure than the one spoken of."""
    found = subject_words(_BESIDE.sub(" ", fold(expand(text))) if _BESIDE.search(fold(expand(text))) else text)
    return [] if all(word in LOOSE or word.isdigit() for word in found) else found


def told_by(procedure: Procedure | None, text: str) -> bool:
    """Whether a line of the record tells of just what `text` asks."""
    return procedure is not None and bool(find_passages(procedure, text, limit=1, least=TOLD_FROM))


def find_subject(
    search: ProcedureSearch, text: str, current: str | None, offered: list[str], spoken: Sequence[str] = ()
) -> Subject:
    """The procedure `text` is about, given the `current` one, those last `offered` as buttons, and all `spoken` of."""
    chosen = pick_offered(text, offered, search)
    if chosen:
        return Subject(chosen, reason="offered")
    before = _returned_to(search, text, current, spoken)
    if before:
        return Subject(before, reason="returned")
    if current and not named_words(text):
        return Subject(current, followed=True, reason="no_subject")
    if current is None or search.get(current) is None or CODE.search(text):
        decision = search.search(text, guarded=True)
        if decision.verdict is Verdict.ABSTAIN and decision.reason == "code":
            return Subject(reason="unknown_code")
        return _from(_by_name(search, text) or decision)
    # once talk is under way, words such as "quay lại cái …" are about the talk, not about a procedure
    return _within_current(search, text, current, spoken) or _from(search.search(about(text), guarded=True))


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
    if not fitting or fitting[0].score < KEEP_SHARE * ranked[0].score:
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


def _within_current(search: ProcedureSearch, text: str, current: str, spoken: Sequence[str]) -> Subject | None:
    """The current procedure or, after a correction, a neighbour of it; None when the talk moves on.

    It moves on only to a procedure that search would state, and that fits clearly better than the current one; a
    short message must fit very well indeed ("co mat tien khong chu" has words left, yet no subject).  What a line of
    the current record tells is a detail of it, unless another procedure is all but named.
    """
    stay = Subject(current, followed=True, reason="detail")
    decision = search.search(about(text), len(search), guarded=True)
    ranked = decision.candidates
    if not ranked or ranked[0].code == current:
        return stay
    best = ranked[0].score
    own = next((candidate.score for candidate in ranked if candidate.code == current), 0.0)
    if is_correction(text):
        near = _neighbour(search, ranked, current, own)
        if near:
            return Subject(near, reason="correction")
    if AFTER.search(fold(expand(text))):
        return stay if own >= KEEP_SHARE_AFTER * best else None
    if NEEDED.search(fold(expand(text))):
        return stay
    count = len(subject_words(text))
    stated = decision.verdict is Verdict.ANSWER
    if count <= SHORT and TURNS_TO.match(fold(expand(text)).strip(" .?!")) and best >= SHORT_NAMED and own < best / 2:
        before = [c for c in ranked if c.code in spoken and c.score >= NEAR * best]
        return Subject(before[0].code, reason="spoken") if before else None
    if (best < SHORT_FROM and (not stated or count <= SHORT)) or (not stated and count <= SHORT):
        return stay
    far = stated and own < FAR * best and not told_by(search.get(current), text)
    if count <= SHORT and best < SHORT_NAMED and decision.confidence < SHORT_CLEAR and not far:
        unsure = best >= SHORT_FROM and not own and decision.confidence < SHORT_SURE
        return Subject(candidates=ranked[:3], reason="short") if unsure else stay
    if ((decision.confidence < CLEAR and best < NAMED_FROM) or not stated) and told_by(search.get(current), text):
        return stay
    share = KEEP_SHARE
    if is_contrast(text) or (count > SHORT and best >= SHORT_FROM):
        share = KEEP_SHARE_CONTRAST
    return stay if own >= share * best else None


def _neighbour(search: ProcedureSearch, ranked: list[Candidate], current: str, own: float) -> str | None:
    """The best procedure of the current one's field: "không, ý tôi là cấp lại vì bị mất"."""
    procedure = search.get(current)
    near = [c for c in ranked if procedure and c.field == procedure.field and c.code != current]
    return near[0].code if near and near[0].score - own >= NEIGHBOUR_MARGIN else None


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
    if not fitting or fitting[0].score < KEEP_SHARE_CONTRAST * ranked[0].score:
        return None
    clear = len(fitting) == 1 or fitting[0].score - fitting[1].score >= OFFERED_MARGIN
    return fitting[0].code if clear else None
