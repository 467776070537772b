"""An invented record with a case of every kind, and the interview that fits it."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from actions.cases.model import Interview
from knowledge_base.procedure import Procedure

RECORD = """
code: "9.000001"
name: Thủ tục cấp sổ tay mẫu
agencies: [Ủy ban nhân dân cấp xã]
online_url: https://so.example.vn
methods:
  - channel: in_person
    duration: {value: 3, unit: working_day}
    fees:
      - {kind: charge, amount: 0, text: "Đúng hạn: miễn lệ phí"}
      - {kind: charge, text: "Quá hạn: theo mức của thành phố", trust: doubtful}
  - channel: online
    duration: {text: "Trong ngày", trust: doubtful}
    fees:
      - {kind: charge, amount: 10000, text: "Đúng hạn: 10.000 đồng"}
      - {kind: charge, text: "Quá hạn: theo mức của thành phố", trust: doubtful}
    note: Nộp trên cổng
  - channel: postal
    duration: {value: 5, unit: day}
    fees:
      - {kind: charge, amount: 0, text: "Đúng hạn: miễn lệ phí"}
      - {kind: charge, amount: 7000, text: "Quá hạn: 7.000 đồng"}
    note: Gửi bưu chính thì kèm bản sao có chứng thực
paper_groups:
  - case: ""
    papers:
      - {name: Tờ khai cấp sổ, originals: 1, form: Mẫu số 01}
      - {name: Giấy chứng nhận cũ, originals: 1}
  - case: Làm thay người khác
    papers:
      - {name: Văn bản ủy quyền, originals: 1}
      - {name: Văn bản ủy quyền lập ở nước ngoài phải hợp pháp hóa}
  - case: Người chưa đủ 14 tuổi
    papers: [{name: Giấy khai sinh, copies: 2}]
  - case: Giấy tờ phải xuất trình
    papers: [{name: Căn cước, originals: 1}]
  - case: Sổ của người nước ngoài
    papers: [{name: Hộ chiếu, originals: 1}]
conditions: |
  - Chưa từng có sổ thì không phải nộp Giấy chứng nhận cũ.
  - Người thân đi thay không cần giấy ủy quyền.
steps:
  - {name: Nhận sổ, text: Mang giấy hẹn đến nhận sổ.}
confusions:
  - {code: "9.000002", when: Chỉ xin bản sao của sổ}
source: {layout: curated, data_date: 2026-07-18, decision: 1/QĐ}
"""

INTERVIEW = """
code: "9.000001"
sometimes:
  - group: Sổ của người nước ngoài
questions:
  - id: viec
    ask: Bạn xin sổ lần đầu hay cấp lại?
    answers:
      - id: lan_dau
        say: Lần đầu
        words: [chưa từng có sổ, xin mới]
        spares:
          - paper: Giấy chứng nhận cũ
            because: {condition: Chưa từng có sổ thì không phải nộp}
      - id: cap_lai
        say: Cấp lại
        words: [làm lại, mất sổ]
      - id: ban_sao
        say: Chỉ cần bản sao
        instead: {code: "9.000002", because: {confusion: Chỉ xin bản sao}}
  - id: nguoi
    ask: Ai đi nộp hồ sơ?
    answers:
      - id: tu_nop
        say: Tôi tự nộp
        words: [tự đi, mình tôi]
      - id: lam_thay
        say: Người khác nộp thay
        words: [nhờ bạn, ủy quyền]
        needs: [{group: Làm thay người khác}]
        notes: [{condition: Người thân đi thay}]
  - id: tuoi
    ask: Người được cấp sổ đã đủ 14 tuổi chưa?
    when: {nguoi: [lam_thay]}
    answers:
      - id: du
        say: Đủ 14 tuổi
        words: [rồi, trên 14]
      - id: chua
        say: Chưa đủ 14 tuổi
        words: [chưa, dưới 14]
        needs: [{group: Người chưa đủ 14 tuổi}]
  - id: nop
    ask: Bạn nộp bằng cách nào?
    answers:
      - id: truc_tiep
        say: Nộp trực tiếp
        channel: in_person
        brings: [{group: Giấy tờ phải xuất trình}]
      - id: qua_mang
        say: Nộp qua mạng
        words: [online, trực tuyến]
        channel: online
        notes: [{step: Mang giấy hẹn}]
      - id: buu_chinh
        say: Gửi bưu chính
        words: [bưu điện]
        channel: postal
        encloses:
          - {group: Giấy tờ phải xuất trình, because: {method: kèm bản sao có chứng thực}}
  - id: han
    ask: Bạn nộp có đúng hạn không?
    hint: Trong 60 ngày.
    unless: {nguoi: [lam_thay]}
    answers:
      - {id: dung, say: Đúng hạn, fees: ["Đúng hạn"]}
      - {id: qua, say: Quá hạn, words: [trễ, muộn], fees: ["Quá hạn"]}
"""


def record(**changes: Any) -> Procedure:
    return Procedure.model_validate({**yaml.safe_load(RECORD), **changes})


def content() -> dict[str, Any]:
    loaded: dict[str, Any] = copy.deepcopy(yaml.safe_load(INTERVIEW))
    return loaded


def interview() -> Interview:
    return Interview.model_validate(content())
