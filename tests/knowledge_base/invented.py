"""A small invented catalogue, one procedure of it at three levels, and an encoder that needs no training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge_base.confidence import Confidence, Line
from knowledge_base.encoder import Vectors
from knowledge_base.encoder.features import features
from knowledge_base.index.terms import term_id
from knowledge_base.procedure import Level, Paper, PaperGroup, Procedure, Step
from tests.knowledge_base.samples import made

_NAMES: dict[str, tuple[Level, list[str]]] = {
    "Cấp sổ tay người cao tuổi": (Level.COMMUNE, ["làm sổ tay cho ông bà", "xin sổ cho cụ ở phường"]),
    "Đăng ký xe đạp": (Level.COMMUNE, ["làm giấy cho xe đạp mới mua", "mua xe đạp thì khai ở đâu"]),
    "Đăng ký lại xe đạp": (Level.COMMUNE, ["mất giấy xe đạp xin lại", "xe đạp đã đăng ký mà rách giấy"]),
    "Xóa đăng ký ao cá": (Level.COMMUNE, ["lấp ao rồi, bỏ đăng ký ao", "không nuôi cá nữa"]),
    "Cấp giấy phép thả diều": (Level.PROVINCE, ["xin thả diều ngoài đê", "thi diều sáo có phải xin phép"]),
    "Gia hạn thẻ thư viện": (Level.PROVINCE, ["thẻ mượn sách hết hạn", "đọc sách tiếp ở thư viện"]),
    "Công nhận câu lạc bộ cờ tướng": (Level.PROVINCE, ["lập hội chơi cờ tướng", "mở câu lạc bộ cờ"]),
    "Cấp chứng chỉ hướng dẫn leo núi": (Level.MINISTRY, ["dạy leo núi cần bằng gì", "chứng chỉ dẫn đoàn leo núi"]),
    "Thẩm định mẫu đèn lồng": (Level.MINISTRY, ["duyệt mẫu đèn lồng trung thu", "mẫu đèn lồng mới gửi ai"]),
    "Công nhận giống hoa mới": (Level.MINISTRY, ["lai được giống hoa muốn công nhận", "đặt tên giống hoa"]),
}
TWINS = {  # one procedure, at three levels; the codes stand against the order of nearness
    "9.000101": ("Cấp giấy phép hát rong (cấp bộ)", Level.MINISTRY),
    "9.000102": ("Cấp giấy phép hát rong (cấp tỉnh)", Level.PROVINCE),
    "9.000103": ("Cấp giấy phép hát rong (cấp xã)", Level.COMMUNE),
}
SAME_NAME = {"9.000111": Level.MINISTRY, "9.000112": Level.PROVINCE, "9.000113": Level.COMMUNE}


def catalogue() -> list[Procedure]:
    """Sixteen procedures; the names say nothing real."""
    found = [
        _procedure(f"9.{number:06d}", name, level, phrasings)
        for number, (name, (level, phrasings)) in enumerate(_NAMES.items(), start=1)
    ]
    found += [
        _procedure(code, name, level, ["xin hát rong ngoài phố", "hát rong có cần giấy phép không"])
        for code, (name, level) in TWINS.items()
    ]
    return found + [_procedure(code, "Kiểm tra chuông gió", level, []) for code, level in SAME_NAME.items()]


def _procedure(code: str, name: str, level: Level, phrasings: list[str]) -> Procedure:
    papers = [Paper(name=f"Đơn đề nghị {name.lower()} theo mẫu", originals=1), Paper(name="Ảnh chụp 4x6", copies=2)]
    return made(
        code,
        name=name,
        field="Việc làm mẫu",
        levels=[level],
        phrasings=phrasings,
        groups=[PaperGroup(papers=papers)],
        steps=[Step(name="Bước 1", text="Nộp hồ sơ tại quầy một cửa. Cán bộ kiểm tra và hẹn ngày trả.")],
        results=[f"Giấy xác nhận {name.lower()}"],
    )


# states a candidate from a score of about 0.45 with no rival within 0.03, declines under it
PLAIN = Confidence(
    encoder="invented",
    answerable=Line(bias=-22.5, weights=(50, 0, 0, 0, 0, 0, 0)),
    right=Line(bias=-1.5, weights=(0, 50, 0, 0, 0, 0, 0)),
    answer_from=0.4,
    clarify_from=0.5,
)


class LetterEncoder:
    """Each term of a text adds to one of 64 places; deterministic, no training."""

    name = "letters"
    dimension = 64
    confidence = PLAIN

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in features(text):
                vectors[row, term_id(term) % self.dimension] += 1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        units: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
        return units
