"""The sandbox's dossiers: invented, the same for the same day and seed, in every state."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.dossiers.model import DossierStatus

DEFAULT_SEED = 26
COUNT = 320
FIRST_SEQUENCE = 1001  # of seeded dossiers; the fixed ones are below
Raw = dict[str, Any]


@dataclass(frozen=True)
class SampleDossier:
    """A dossier that is always there, for README and for trying out."""

    code: str
    status: DossierStatus
    about: str
    id_tail: str
    phone_tail: str


@dataclass(frozen=True)
class _Plan:
    """One dossier to make: days are working days, `age` before today, `due` from today (negative: past)."""

    agency: str
    sequence: int
    status: DossierStatus
    age: int
    due: int | None
    about: str = ""
    ended: int | None = None  # working days before today
    supplements: int = 0
    fee: bool = False
    apology: int | None = None  # new date promised, working days from today


_S = DossierStatus
# One dossier in each state, then the finer cases.  Stable: sequences and numbers never change, whatever the seed;
# of the dossier …-0012 the ID number ends in 1212 and the phone number in 9012.
FIXED = (
    _Plan("H26.15.901", 11, _S.SUBMITTED, 0, None, "just submitted"),
    _Plan("H26.16", 12, _S.PROCESSING, 5, 5, "processing, on time"),
    _Plan("H26.15.902", 13, _S.RECEIVED, 1, 2, "received, nearly due"),
    _Plan("H26.91", 14, _S.NOT_RECEIVED, 3, None, "not received, with the reason"),
    _Plan("H26.103.25", 15, _S.SUPPLEMENT, 8, 2, "supplements asked for", supplements=1),
    _Plan("H26.103.25", 16, _S.PAYMENT, 6, 4, "a fee is due", fee=True),
    _Plan("H26.15.902", 17, _S.WITHDRAWN, 7, 1, "withdrawn", ended=4),
    _Plan("H26.91", 18, _S.STOPPED, 9, -2, "stopped, with the reason", ended=3),
    _Plan("H26.15.901", 19, _S.DONE, 4, 1, "done, to be collected", ended=1),
    _Plan("H26.15.901", 20, _S.RETURNED, 10, -5, "handed over, was on time", ended=6),
    _Plan("H26.103.25", 21, _S.PROCESSING, 15, -3, "processing, late"),
    _Plan("H26.16", 22, _S.PROCESSING, 9, 1, "processing, nearly due"),
    _Plan("H26.103.25", 23, _S.DONE, 20, -6, "done, late", ended=2),
    _Plan("H26.16", 24, _S.SUPPLEMENT, 12, 3, "supplements asked for twice", supplements=2),
    _Plan("H26.103.25", 25, _S.PROCESSING, 14, -2, "processing, late, with an apology and a new date", apology=3),
    _Plan("H26.103.25", 26, _S.PROCESSING, 12, -1, "processing after supplements, waiting not told", supplements=1),
)


@cache
def _catalogue() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "catalogue.yml").read_text(encoding="utf-8"))
    return found


def make_dossiers(today: dt.date, seed: int = DEFAULT_SEED) -> dict[str, Raw]:
    """Records in the portal's shape by code: the fixed ones and `COUNT` seeded ones."""
    records = [_record(plan, today, DEFAULT_SEED) for plan in FIXED]
    records += [_record(plan, today, seed) for plan in _seeded(seed)]
    return {record["MaHoSo"]: record for record in records}


def sample_dossiers(today: dt.date) -> list[SampleDossier]:
    """The fixed dossiers as they are on `today`, one in each of the ten states and some finer cases."""
    samples = []
    for plan in FIXED:
        record = _record(plan, today, DEFAULT_SEED)
        tails = record["DinhDanhCHS"][-4:], record["SoDienThoai"][-4:]
        samples.append(SampleDossier(record["MaHoSo"], plan.status, plan.about, *tails))
    return samples


def working_days_from(day: dt.date, count: int) -> dt.date:
    """`count` working days after `day` (before it when negative); weekends only, holidays are not known here.

    0 gives `day` itself.
    """
    step = dt.timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() >= 5:
            day += step
    return day


def _seeded(seed: int) -> list[_Plan]:
    chance = random.Random(seed)  # noqa: S311  made-up data
    codes = [agency["code"] for agency in _catalogue()["agencies"]]
    states = list(DossierStatus)
    plans = []
    for number in range(COUNT):
        status = states[number % len(states)]
        age = chance.randint(1, 25) if status is not DossierStatus.SUBMITTED else chance.randint(0, 1)
        due = chance.choice([-4, -1, 1, 1, 2, 3, 6, 9])
        ends = status in (_S.WITHDRAWN, _S.STOPPED, _S.DONE, _S.RETURNED)
        plans.append(
            _Plan(
                agency=codes[number % len(codes) if number % 3 else chance.randrange(len(codes))],
                sequence=FIRST_SEQUENCE + number,
                status=status,
                age=age,
                due=None if status in (_S.SUBMITTED, _S.NOT_RECEIVED) else due,
                ended=chance.randint(0, age) if ends else None,
                supplements=chance.choice([1, 1, 1, 2]) if status is _S.SUPPLEMENT else 0,
                fee=status is _S.PAYMENT or chance.random() < 0.2,
            )
        )
    return plans


def _record(plan: _Plan, today: dt.date, seed: int) -> Raw:
    """One record of `TraCuuHoSo`; every value derives from the plan, the day and the seed."""
    chance = random.Random(f"{seed}:{plan.sequence}")  # noqa: S311  made-up data
    made_of = _catalogue()
    agency = next(one for one in made_of["agencies"] if one["code"] == plan.agency)
    procedure_code, procedure_name = chance.choice(made_of["procedures"][plan.agency])
    received = working_days_from(today, -plan.age)
    due = max(working_days_from(today, plan.due), received) if plan.due is not None else None
    refused = working_days_from(today, -1) if plan.status is _S.NOT_RECEIVED else None
    ended = max(working_days_from(today, -plan.ended), received) if plan.ended is not None else None
    name = " ".join(chance.choice(made_of[part]) for part in ("family_names", "middle_names", "given_names"))
    fee_name, fee_amount = chance.choice(made_of["fees"])
    note = {_S.NOT_RECEIVED: made_of["notes"]["refused"], _S.STOPPED: made_of["notes"]["stopped"]}.get(plan.status, "")
    phone, personal_id = f"0000{chance.randrange(10**6):06d}", f"999{chance.randrange(10**9):09d}"
    if plan.sequence < FIRST_SEQUENCE:
        phone, personal_id = f"000000{9000 + plan.sequence}", f"99900000{plan.sequence:02d}{plan.sequence:02d}"
    place = chance.choice(made_of["places"])
    has_result = plan.status in (_S.DONE, _S.RETURNED)
    return {
        "MaHoSo": f"{plan.agency}-{received:%y%m%d}-{plan.sequence:04d}",
        "MaTTHC": procedure_code,
        "TenTTHC": procedure_name,
        "ChuHoSo": name,
        "LoaiDoiTuong": "1",
        "SoDienThoai": phone,
        "DinhDanhCHS": personal_id,
        "NgayTiepNhan": "" if plan.status is _S.SUBMITTED else _stamp(received, 9),
        "NgayHenTra": _stamp(due, 17),
        "TrangThaiHoSo": str(plan.status.value),
        "NgayKetThucXuLy": _stamp(ended, 10),
        "NgayTuChoi": _stamp(refused, 15),
        "NgayTra": _stamp(ended, 15) if plan.status is _S.RETURNED else "",
        "DonViXuLy": agency["unit"],
        "CoQuanThucHien": agency["name"],
        "NoiNopHoSo": place,
        "KenhThucHien": chance.choice(["1", "2", "3"]),
        "HinhThuc": "1" if plan.sequence % 5 == 0 else "0",
        "ThongTinTra": made_of["post"] if plan.sequence % 5 == 0 else place,
        "GhiChu": note,
        "DanhSachHoSoBoSung": [_supplement(plan, index, today, due, chance) for index in range(plan.supplements)],
        "DanhSachLePhi": [{"TenPhiLePhi": fee_name, "HinhThucThu": "1", "Gia": str(fee_amount)}] if plan.fee else [],
        "DanhSachGiayToKetQua": [{"TenGiayTo": made_of["result"]}] if has_result else [],
        "DanhSachXinLoi": [_apology(plan.apology, today)] if plan.apology is not None else [],
        "TaiLieuNop": [],
    }


def _supplement(plan: _Plan, index: int, today: dt.date, due: dt.date | None, chance: random.Random) -> Raw:
    asked = working_days_from(today, -min(plan.age, 2 * (plan.supplements - index)))
    return {
        "NguoiYeuCauBoSung": "",
        "NoiDungBoSung": chance.choice(_catalogue()["supplements"]),
        "NgayBoSung": _stamp(asked, 14),
        "NgayHenTraTruoc": _stamp(due, 17),
        "NgayHenTraMoi": "",
    }


def _apology(promised: int, today: dt.date) -> Raw:
    return {
        "NgayXinLoi": _stamp(working_days_from(today, -1), 16),
        "LyDo": _catalogue()["notes"]["late"],
        "NgayHenTraMoi": _stamp(working_days_from(today, promised), 17),
    }


def _stamp(day: dt.date | None, hour: int) -> str:
    """yyyyMMddHHmmss in Asia/Ho_Chi_Minh, as the portal writes it; empty for no day."""
    return f"{day:%Y%m%d}{hour:02d}0000" if day is not None else ""
