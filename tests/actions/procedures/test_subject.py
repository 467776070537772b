"""Which procedure a message is about, over a search whose ranking the test sets."""

from __future__ import annotations

import pytest

from actions.procedures.following.phrases import is_correction
from actions.procedures.subject import Subject, find_subject, named_words, pick_offered
from knowledge_base.decision import Candidate, Decision, Verdict
from knowledge_base.procedure import Procedure
from knowledge_base.search import CODE, ProcedureSearch
from tests.actions.procedures.records import record

BIRTH, WEDDING, LOST, OTHER = "9.000001", "9.000002", "9.000003", "9.000004"
NAMES = {
    BIRTH: "Đăng ký khai sinh",
    WEDDING: "Đăng ký kết hôn",
    LOST: "Đăng ký lại khai sinh",
    OTHER: "Cấp phép thả diều",
}
FIELDS = {BIRTH: "Hộ tịch", WEDDING: "Hộ tịch", LOST: "Hộ tịch", OTHER: "Văn hóa"}
CLARIFY_FROM, ANSWER_FROM, MARGIN = 0.45, 0.50, 0.03
OFFERED = [BIRTH, WEDDING, LOST]


class SetSearch:
    """Ranks as told; decides by scores."""

    def __init__(self, **scores: float) -> None:
        codes = {"birth": BIRTH, "wedding": WEDDING, "lost": LOST, "other": OTHER}
        self.scores = {codes[name]: score for name, score in scores.items()}
        self.searched: list[str] = []

    def __len__(self) -> int:
        return len(NAMES)

    def get(self, code: str) -> Procedure | None:
        return record(code=code, name=NAMES[code], field=FIELDS[code]) if code in NAMES else None

    def candidate(self, code: str, score: float = 0.0) -> Candidate:
        return Candidate(code=code, name=NAMES[code], field=FIELDS[code], score=score)

    def rank(self, question: str, limit: int = 10) -> list[Candidate]:
        best = sorted(self.scores.items(), key=lambda pair: -pair[1])
        return [self.candidate(code, score) for code, score in best][:limit]

    def search(self, question: str, limit: int = 10, guarded: bool = False) -> Decision:
        self.searched.append(question)
        code = CODE.search(question)
        if code:
            known = [self.candidate(code.group(), 1.0)] if code.group() in NAMES else []
            return Decision(verdict=Verdict.ANSWER if known else Verdict.ABSTAIN, candidates=known, reason="code")
        ranked = self.rank(question)
        if not ranked or ranked[0].score < CLARIFY_FROM:
            return Decision(verdict=Verdict.ABSTAIN, candidates=ranked, reason="low" if ranked else "empty")
        near = len(ranked) > 1 and ranked[0].score - ranked[1].score < MARGIN
        sure = ranked[0].score >= ANSWER_FROM and not near
        verdict = Verdict.ANSWER if sure else Verdict.CLARIFY
        return Decision(verdict=verdict, candidates=ranked, confidence=0.9, reason="score")


def subject(search: SetSearch, text: str, current: str | None = None, offered: list[str] | None = None) -> Subject:
    return find_subject(search, text, current, offered or [])  # type: ignore[arg-type]


def pick(text: str, search: SetSearch | None = None, offered: list[str] | None = None) -> str | None:
    return pick_offered(text, OFFERED if offered is None else offered, search or SetSearch())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["thế mất bao lâu?", "lệ phí bao nhiêu", "the het bao nhieu tien", "cần giấy tờ gì", "nộp ở đâu vậy ạ"]
)
def test_a_question_without_a_subject_stays_on_the_current_one(text: str) -> None:
    search = SetSearch(other=0.9)
    found = subject(search, text, current=BIRTH)
    assert (found.code, found.followed) == (BIRTH, True)
    assert search.searched == []


PASSPORT, PASSPORT_LOST = "1.001456", "1.010386"
CARD_CHANGED, CARD_AGAIN = "1.014063", "1.014064"
MARRIED, MARRIED_ABROAD = "1.000894", "2.000806"
STAY, STAY_LONGER = "1.004194", "1.002755"
BORN, BORN_AGAIN = "1.001193", "1.004884"
SHOP, SHOP_CLOSED = "1.001612", "1.001570"


@pytest.mark.parametrize(
    ("current", "text", "meant"),
    [
        (PASSPORT, "vợ tôi thì làm mất rồi, phải đi trình báo ở đâu", PASSPORT_LOST),
        (STAY, "à không, ý em là cái cũ sắp hết hạn, em đăng ký chỗ này từ năm ngoái rồi", STAY_LONGER),
        (MARRIED, "không, em nói thiếu, ny em quốc tịch Hàn Quốc cơ", MARRIED_ABROAD),
        (CARD_CHANGED, "không phải đổi, tôi đánh mất thẻ rồi", CARD_AGAIN),
        (BORN, "không, ý em là đăng ký lại khai sinh, bản chính mất mà sổ gốc cũng không còn", BORN_AGAIN),
        (PASSPORT, "tiện thể hỏi luôn đăng ký kết hôn cần giấy tờ gì", MARRIED),
        (MARRIED, "thế còn hộ chiếu thì sao", PASSPORT),
    ],
)
def test_a_case_a_correction_or_another_subject_turns(
    curated_search: ProcedureSearch, current: str, text: str, meant: str
) -> None:
    found = find_subject(curated_search, text, current, [])
    assert (found.code, found.followed) == (meant, False)


@pytest.mark.parametrize(
    ("current", "text"),
    [
        (BORN, "thế có cần mang theo giấy chứng sinh không"),
        (BORN, "con em sinh ở nhà, không có giấy chứng sinh thì sao"),
        (PASSPORT, "con em 5 tuổi có cần bố mẹ đi cùng không"),
        (MARRIED, "em ho khau Nghe An lam o Ha Noi duoc khong"),
        (STAY, "chủ nhà trọ không chịu ký giấy thì làm thế nào"),
        (CARD_AGAIN, "ảnh chụp tại chỗ hay phải mang theo"),
        (STAY, "chuyện linh tinh khác"),
    ],
)
def test_a_detail_or_a_case_of_the_current_one_stays(curated_search: ProcedureSearch, current: str, text: str) -> None:
    found = find_subject(curated_search, text, current, [])
    assert (found.code, found.followed) == (current, True)


def test_what_is_left_open_is_asked_about_among_few(curated_search: ProcedureSearch) -> None:
    found = find_subject(curated_search, "giấy xác nhận thì xin ở đâu", BORN, [])
    assert found.code is None
    assert [candidate.code for candidate in found.candidates] == ["2.002516", "1.010041", BORN]


def test_not_so_said_first_is_a_correction_too() -> None:
    assert is_correction("không phải, tôi tìm thấy rồi, giờ muốn đổi sổ mới")
    assert not is_correction("không phải đi xa chứ")


def test_a_code_names_its_procedure_whatever_the_talk_is_about() -> None:
    assert subject(SetSearch(birth=0.9), f"còn {WEDDING} thì sao", current=BIRTH).code == WEDDING
    unknown = subject(SetSearch(birth=0.9), "9.999999", current=BIRTH)
    assert (unknown.code, unknown.candidates, unknown.reason) == (None, [], "unknown_code")


def test_near_rivals_are_asked_about_and_a_poor_fit_is_left_alone() -> None:
    assert [c.code for c in subject(SetSearch(birth=0.80, lost=0.79), "khai sinh").candidates] == [BIRTH, LOST]
    none = subject(SetSearch(birth=0.1), "phi thuyền không gian")
    assert (none.code, none.candidates) == (None, [])


def test_a_current_one_that_left_the_catalogue_is_no_hindrance() -> None:
    assert subject(SetSearch(birth=0.9), "khai sinh cho con", current="9.000099").code == BIRTH


@pytest.mark.parametrize(
    ("text", "place"),
    [("1", 0), ("2", 1), ("số 3", 2), ("cái số 2", 1), ("cái đầu", 0), ("cái đầu tiên", 0), ("cái thứ hai", 1),
     ("mục ba", 2), ("cái cuối", -1), ("so 2", 1), ("cai thu ba", 2), ("2 nhé", 1)],
)  # fmt: skip
def test_an_offer_is_taken_by_its_number(text: str, place: int) -> None:
    assert pick(text) == OFFERED[place]


@pytest.mark.parametrize("text", ["0", "4", "12", "9h", "cái thứ tư", "vâng", "?", "", "tôi có 2 con nhỏ cần hỏi"])
def test_a_number_that_was_not_offered_takes_nothing(text: str) -> None:
    assert pick(text) is None


def test_without_an_offer_a_number_takes_nothing() -> None:
    assert pick("2", offered=[]) is None


def test_words_take_the_offer_they_fit_clearly() -> None:
    assert pick("đăng ký lại vì mất", SetSearch(lost=0.9, birth=0.5)) == LOST
    assert pick("khai sinh", SetSearch(lost=0.80, birth=0.79)) is None
    assert pick("xin thả diều", SetSearch(other=0.9, birth=0.3)) is None


def test_a_number_answers_the_clarification_even_beside_a_current_one() -> None:
    found = subject(SetSearch(other=0.9), "2", current=OTHER, offered=OFFERED)
    assert (found.code, found.reason) == (WEDDING, "offered")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("bao giờ có sổ mới", False),
        ("đơn theo mẫu số mấy", False),
        ("con bao lau", False),
        ("bà 78 tuổi thì con bà đi thay được không", False),
        ("nộp trên vneid được không", False),
        ("có thời hạn bao lâu", False),
        ("gia hạn được không", True),
        ("bằng lái thì cần gì", True),
        ("thế hộ chiếu thì sao", True),
    ],
)
def test_words_left_of_a_want_name_no_procedure(text: str, named: bool) -> None:
    assert bool(named_words(text)) is named


def test_going_back_finds_what_was_spoken_of() -> None:
    search = SetSearch(other=0.9, wedding=0.7, birth=0.2)
    spoken = [BIRTH, WEDDING, LOST]
    assert find_subject(search, "quay lại cái kết hôn, mất bao lâu", LOST, [], spoken).code == WEDDING  # type: ignore[arg-type]
    assert find_subject(search, "quay lại cái trước, mất bao lâu", LOST, [], spoken).code == WEDDING  # type: ignore[arg-type]
    assert find_subject(search, "quay lại cái kết hôn, mất bao lâu", None, [], []).code == OTHER  # type: ignore[arg-type]
