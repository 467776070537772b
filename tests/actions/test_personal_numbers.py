"""Phone and personal-ID numbers as people write them, and everything that only looks like one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.memory import ProcessMemory
from actions.personal import normalise_phone
from actions.personal_numbers import (
    ID_MARK,
    KEEP_S,
    PHONE_MARK,
    ask_digits,
    conceal,
    digits_asked,
    forget,
    reveal,
    without_marks,
)

CONVERSATION = "web:test"
PHONES = [
    "0912345678",
    "0912 345 678",
    "0912.345.678",
    "0912-345-678",
    "0912 - 345 - 678",
    "091 234 5678",
    "09 12 34 56 78",
    "09.12.34.56.78",
    "(0912) 345 678",
    "+84912345678",
    "+84 912 345 678",
    "(+84) 912 345 678",
    "+84 (0) 912 345 678",
    "84912345678",
    "84 912 345 678",
    "0084912345678",
    "0084 912 345 678",
    "0243 825 3536",
    "024 3825 3536",
    "(024) 3825 3536",
    "02438253536",
]
ODD_PHONES = ["01234567890", "0612345678", "09123456789"]  # of before 2018, of nobody, one digit too many
IDENTITIES = [
    "001099012345",
    "001 099 012 345",
    "001.099.012.345",
    "001-099-012-345",
    "001099 012345",
    "0010 9901 2345",
    "0010.9901.2345",
    "012345678",
    "012 345 678",
]
NOT_PERSONAL = [
    "H26.16-261103-0012",
    "h26.16-261103-0012",
    "H26-261103-0012345",
    "000.16.01.H26-261103-0012",
    "000.00.16.H26-261103-0012",
    "G09.05-20261103-0000012",
    "H09-261103-0012",
    "H26.09-261103-0012",
    "H26 16 261103 0012",
    "1.014064",
    "1.001193, 1.014064",
    "2.000815.000.00.00.H55",
    "0.000815.000.00.00.H55",
    "70.000",
    "70.000 đồng",
    "1.500.000",
    "84.000.000.000 đồng",
    "900000000 đồng",
    "09-11-2026 10 giờ",
    "09.11.2026 10 giờ",
    "09 11 2026 10 giờ",
    "09/11/2026 10h30",
    "03.12.26 10.30",
    "sinh ngày 09/11/1990, 08:30",
    "từ 08:00 đến 09:30 ngày 09/12",
    "Nghị định 06/2012/NĐ-CP",
    "4 số cuối 2345",
    "19001009",
    "024.1022",
    "chi nhánh số 1, 9 giờ",
]


@pytest.fixture
def memory() -> ProcessMemory:
    return ProcessMemory()


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@pytest.mark.parametrize("number", PHONES)
@pytest.mark.parametrize("frame", ["{}", "số của tôi là {} nhé", "sđt:{}.", "gọi {}, 9 giờ", "{} 12 giờ trưa", "({})"])
async def test_a_phone_number_is_concealed_and_given_to_who_needs_it(
    number: str, frame: str, memory: ProcessMemory
) -> None:
    text = frame.format(number)
    concealed = await conceal(text, CONVERSATION, memory)
    assert PHONE_MARK in concealed
    assert len(digits(concealed)) <= 2, concealed
    kept = await reveal(PHONE_MARK, CONVERSATION, memory)
    assert kept is not None
    assert normalise_phone(kept) == normalise_phone(number.strip("()"))


@pytest.mark.parametrize("text", ["sdt0912345678", "0912345678ạ", "ĐT0912345678, gọi sau 9h", "0912345678-anh Nam"])
async def test_a_phone_number_glued_to_a_word(text: str, memory: ProcessMemory) -> None:
    assert "345678" not in await conceal(text, CONVERSATION, memory)
    assert await reveal(PHONE_MARK, CONVERSATION, memory) == "0912345678"


@pytest.mark.parametrize("number", ODD_PHONES)
async def test_a_mistyped_number_is_personal_too(number: str, memory: ProcessMemory) -> None:
    assert await conceal(f"số {number}", CONVERSATION, memory) == f"số {PHONE_MARK}"


@pytest.mark.parametrize("between", [" ", ", ", "-", " - ", "/", " hoặc "])
async def test_two_numbers_go_and_the_last_is_kept(between: str, memory: ProcessMemory) -> None:
    concealed = await conceal(f"0912345678{between}0987654321", CONVERSATION, memory)
    assert not digits(concealed)
    assert await reveal(PHONE_MARK, CONVERSATION, memory) == "0987654321"


@pytest.mark.parametrize("number", IDENTITIES)
@pytest.mark.parametrize("frame", ["{}", "căn cước {} ạ", "CCCD:{}.", "({})"])
async def test_an_id_number_is_concealed(number: str, frame: str, memory: ProcessMemory) -> None:
    concealed = await conceal(frame.format(number), CONVERSATION, memory)
    assert concealed == frame.format(ID_MARK)
    assert digits(await reveal(ID_MARK, CONVERSATION, memory) or "") == digits(number)


@pytest.mark.parametrize("text", NOT_PERSONAL)
@pytest.mark.parametrize("frame", ["{}", "cho tôi hỏi {} nhé", "({})"])
async def test_codes_dates_and_amounts_are_never_touched(text: str, frame: str, memory: ProcessMemory) -> None:
    assert await conceal(frame.format(text), CONVERSATION, memory) == frame.format(text)
    assert await reveal(PHONE_MARK, CONVERSATION, memory) is None
    assert await reveal(ID_MARK, CONVERSATION, memory) is None


async def test_phone_and_id_in_one_message_beside_a_code(memory: ProcessMemory) -> None:
    text = "H26.16-261103-0012, căn cước 001099012345, máy 0912 345 678, phí 70.000"
    concealed = await conceal(text, CONVERSATION, memory)
    assert concealed == f"H26.16-261103-0012, căn cước {ID_MARK}, máy {PHONE_MARK}, phí 70.000"


async def test_a_number_is_kept_half_an_hour_in_its_own_conversation() -> None:
    now = [0.0]
    memory = ProcessMemory(lambda: now[0])
    await conceal("0912345678", CONVERSATION, memory)
    assert await reveal(PHONE_MARK, "web:other", memory) is None
    now[0] = KEEP_S - 1
    assert await reveal(PHONE_MARK, CONVERSATION, memory) == "0912345678"
    now[0] = KEEP_S
    assert await reveal(PHONE_MARK, CONVERSATION, memory) is None


async def test_forgetting_drops_both_kinds(memory: ProcessMemory) -> None:
    await conceal("0912345678 001099012345", CONVERSATION, memory)
    await forget(CONVERSATION, memory)
    assert await reveal(PHONE_MARK, CONVERSATION, memory) is None
    assert await reveal(ID_MARK, CONVERSATION, memory) is None


@given(
    tail=st.text("0123456789", min_size=8, max_size=8),
    head=st.sampled_from(["03", "05", "07", "08", "09", "+843", "+849", "849"]),
    cut=st.sampled_from(["", " ", ".", "-"]),
    before=st.sampled_from(["", "số ", "gọi (", "sđt: "]),
)
async def test_any_mobile_number_is_concealed(tail: str, head: str, cut: str, before: str) -> None:
    number = f"{head}{tail[:2]}{cut}{tail[2:5]}{cut}{tail[5:]}"
    concealed = await conceal(f"{before}{number}", CONVERSATION, ProcessMemory())
    assert concealed == f"{before}{PHONE_MARK}"


@given(st.integers(min_value=0, max_value=999_999_999_999_999))
async def test_no_amount_is_taken_for_a_number(amount: int) -> None:
    text = f"{amount:,} đồng".replace(",", ".")
    assert await conceal(text, CONVERSATION, ProcessMemory()) == text


@given(st.text(max_size=60))
async def test_concealing_again_changes_nothing(text: str) -> None:
    once = await conceal(text, CONVERSATION, ProcessMemory())
    assert await conceal(once, CONVERSATION, ProcessMemory()) == once


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"số căn cước của tôi là {ID_MARK}, làm lại căn cước bao nhiêu tiền", "làm lại căn cước bao nhiêu tiền"),
        (f"sđt em {PHONE_MARK}, lệ phí tạm trú", "lệ phí tạm trú"),
        (f"làm lại căn cước {ID_MARK} mất bao lâu", "làm lại căn cước mất bao lâu"),
        (f"tôi là Lan, cccd {ID_MARK}, xin giấy độc thân", "tôi là Lan xin giấy độc thân"),
        (PHONE_MARK, ""),
        ("làm khai sinh", "làm khai sinh"),
    ],
)
def test_what_is_said_of_a_number_goes_with_its_mark(text: str, left: str) -> None:
    assert without_marks(text) == left


@pytest.mark.parametrize(
    ("typed", "left", "digits"),
    [
        ("1212", ID_MARK, "1212"),
        ("12 12", ID_MARK, "12 12"),
        ("số cuối là 9012 ạ", f"số cuối là {ID_MARK} ạ", "9012"),
        ("H26.16-261110-0012 số cuối 1212", f"H26.16-261110-0012 số cuối {ID_MARK}", "1212"),
        ("H26.16 261110 0012", "H26.16 261110 0012", None),
        ("1212 hay 9012", "1212 hay 9012", None),
        ("thủ tục 1.001193", "thủ tục 1.001193", None),
        ("ngày 12/1212", "ngày 12/1212", None),
        ("123", "123", None),
        ("0912345678", PHONE_MARK, None),
    ],
)
async def test_last_digits_stay_out_of_rasa_where_they_were_asked_for(
    typed: str, left: str, digits: str | None
) -> None:
    memory = ProcessMemory()
    await ask_digits("web:a", memory)
    assert await digits_asked("web:a", memory)
    assert not await digits_asked("web:a", memory), "told once"
    assert await conceal(typed, "web:a", memory, digits_asked=True) == left
    assert await reveal(ID_MARK, "web:a", memory) == digits
    if "0912345678" not in typed:
        assert await conceal(typed, "web:b", memory) == typed
