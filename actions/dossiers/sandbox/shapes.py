"""The sandbox's dossiers as iGate, an LGSP and the operations centre write them; see the mappings of those systems."""

from __future__ import annotations

import datetime as dt
import zlib

from actions.clock import HANOI
from actions.dossiers.model import DossierStatus, statuses
from actions.dossiers.sandbox.data import Raw

VIETNAMESE = 228  # iGate's number of the language
# The exchange's own states: 1 taken in, 2 supplements wanted, 3 may be granted, 4 completed.
COARSE = {1: "1", 2: "1", 3: "4", 4: "3", 5: "2", 6: "3", 7: "4", 8: "4", 9: "4", 10: "4"}


def igate(record: Raw) -> Raw:
    """One of `content`."""
    number = int(record["TrangThaiHoSo"])
    return {
        "id": _object_id(record["MaHoSo"]),
        "code": record["MaHoSo"],
        "nationCode": "",
        "procedure": {"code": record["MaTTHC"], "translate": _named(record["TenTTHC"])},
        "applicant": {
            "data": {
                "fullname": record["ChuHoSo"],
                "identityNumber": record["DinhDanhCHS"],
                "phoneNumber": f"+84{record['SoDienThoai'][1:]}",
            }
        },
        "acceptedDate": _utc(record["NgayTiepNhan"]),
        "appointmentDate": _utc(record["NgayHenTra"]),
        "completedDate": _utc(record["NgayKetThucXuLy"] or record["NgayTuChoi"]),
        "returnedDate": _utc(record["NgayTra"]),
        "dossierStatus": {"id": number, "name": _named(statuses()[DossierStatus(number)].name)},
        "agency": {"name": _named(record["CoQuanThucHien"])},
        "currentTask": {"agency": {"name": _named(record["DonViXuLy"])}},
        "receivingAgency": {"name": _named(record["NoiNopHoSo"])},
        "dossierReceivingKind": {"code": record["HinhThuc"]},
        "receivingPlace": {"fullAddress": record["ThongTinTra"]},
        "note": record["GhiChu"],
        "additionalRequirements": [
            {
                "content": one["NoiDungBoSung"],
                "requestedDate": _utc(one["NgayBoSung"]),
                "oldAppointmentDate": _utc(one["NgayHenTraTruoc"]),
                "newAppointmentDate": _utc(one["NgayHenTraMoi"]),
            }
            for one in record["DanhSachHoSoBoSung"]
        ],
        "dossierFee": [
            {"name": one["TenPhiLePhi"], "amount": float(one["Gia"]), "paid": False} for one in record["DanhSachLePhi"]
        ],
        "attachment": [{"name": one["TenGiayTo"]} for one in record["DanhSachGiayToKetQua"]],
        "apologies": [
            {
                "sentDate": _utc(one["NgayXinLoi"]),
                "reason": one["LyDo"],
                "newAppointmentDate": _utc(one["NgayHenTraMoi"]),
            }
            for one in record["DanhSachXinLoi"]
        ],
    }


def lgsp(record: Raw) -> Raw:
    """A whole answer: the exchange's state, and the record with the portal's names in its own spelling and dates."""
    dates = {"NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTuChoi", "NgayTra"}
    dates |= {"NgayBoSung", "NgayHenTraTruoc", "NgayHenTraMoi", "NgayXinLoi"}

    def spelt(raw: Raw) -> Raw:
        return {name[:1].lower() + name[1:]: written(name, value) for name, value in raw.items()}

    def written(name: str, value: object) -> object:
        if isinstance(value, list):
            return [spelt(one) for one in value]
        return _local(str(value)) if name in dates and value else value

    names = {"maTthc": "maTTHC"}
    whole = {names.get(name, name): value for name, value in spelt(record).items()}
    return {"trangThai": COARSE[int(record["TrangThaiHoSo"])], "giaTri": whole}


def ioc(record: Raw) -> Raw:
    """One of `HoSo`."""
    number = DossierStatus(int(record["TrangThaiHoSo"]))
    return {
        "_id": {"$oid": _object_id(record["MaHoSo"])},
        "MaHoSo": record["MaHoSo"],
        "MaTTHC": record["MaTTHC"],
        "TenTTHC": record["TenTTHC"],
        "TenTrangThai": statuses()[number].name,
        "TenChuHoSo": record["ChuHoSo"],
        "SoDinhDanh": record["DinhDanhCHS"],
        "SoDienThoai": record["SoDienThoai"],
        "NgayTiepNhan": _mongo(record["NgayTiepNhan"]),
        "HanGiaiQuyet": _mongo(record["NgayHenTra"]),
        "NgayKetThuc": _mongo(record["NgayKetThucXuLy"] or record["NgayTuChoi"]),
        "NgayTraKetQua": _mongo(record["NgayTra"]),
        "CoQuanGiaiQuyet": record["CoQuanThucHien"],
        "DonViXuLy": record["DonViXuLy"],
        "NoiTiepNhan": record["NoiNopHoSo"],
        "HinhThucTra": record["HinhThuc"],
        "NoiTra": record["ThongTinTra"],
        "GhiChu": record["GhiChu"],
        "BoSung": [
            {
                "NoiDung": one["NoiDungBoSung"],
                "NgayYeuCau": _mongo(one["NgayBoSung"]),
                "HanCu": _mongo(one["NgayHenTraTruoc"]),
                "HanMoi": _mongo(one["NgayHenTraMoi"]),
            }
            for one in record["DanhSachHoSoBoSung"]
        ],
        "LePhi": [{"Ten": one["TenPhiLePhi"], "SoTien": int(one["Gia"])} for one in record["DanhSachLePhi"]],
        "KetQua": [{"Ten": one["TenGiayTo"]} for one in record["DanhSachGiayToKetQua"]],
        "XinLoi": [
            {"Ngay": _mongo(one["NgayXinLoi"]), "LyDo": one["LyDo"], "HenMoi": _mongo(one["NgayHenTraMoi"])}
            for one in record["DanhSachXinLoi"]
        ],
    }


def _object_id(code: str) -> str:
    return f"{zlib.crc32(code.encode()):024x}"


def _named(name: str) -> list[Raw]:
    return [{"languageId": VIETNAMESE, "name": name}, {"languageId": 46, "name": ""}]


def _read(stamp: str) -> dt.datetime | None:
    return dt.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=HANOI) if stamp else None


def _local(stamp: str) -> str:
    read = _read(stamp)
    return f"{read:%d/%m/%Y %H:%M:%S}" if read else ""


def _utc(stamp: str) -> str | None:
    read = _read(stamp)
    return f"{read.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.000+0000" if read else None


def _mongo(stamp: str) -> Raw | None:
    """Both ways in which MongoDB's dates travel: text, and a number as text; by the hour, so that each is met."""
    read = _read(stamp)
    if read is None:
        return None
    if read.hour % 2:
        return {"$date": {"$numberLong": str(round(read.timestamp() * 1000))}}
    return {"$date": f"{read.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}Z"}
