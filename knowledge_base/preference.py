"""Which of several near-equal procedures a citizen means when the question does not say.

    the level met first     one procedure at several levels: commune before city before ministry
    the ordinary case       a variant whose name only adds to another's ("… có yếu tố nước ngoài", "… lưu động") gives
                            way to it, unless the question says something of what the variant adds
    anybody's case          what the police and the army do for their own people and families (health insurance cards,
                            allowances) stands back, unless the question speaks of them
    who runs the business   what is for household businesses stands back where a company is spoken of, and the reverse
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from knowledge_base.focus import FOLDED_FILLERS, about
from knowledge_base.procedure import Level, Procedure
from knowledge_base.text import expand, fold, lexicon, words

STEP = 0.001
_PLURALS = {"cac", "nhung"}
ORDINARY_WITHIN = 0.12  # how far behind the best the ordinary case may be and still be meant
TOP = 15
# The field "Chính sách" holds what the two forces do for their own; six of its procedures are named just like those of
# the social insurance ("Cấp lại thẻ bảo hiểm y tế").
OWN_PEOPLE_FIELD, OWN_PEOPLE_BEHIND = "Chính sách", 0.3
OTHER_KIND_BEHIND = 0.15
_HOUSEHOLD = re.compile(r"\b(?:ho kinh doanh|hkd|ho ca the|ca the)\b")
_COMPANY = re.compile(r"\b(?:cong ty|cty|doanh nghiep|tnhh)\b")
_FORCE = re.compile(r"\b(?:cong an|canh sat|bo doi|quan doi|quan nhan|si quan|chien si|quan khu|luc luong vu trang)\b")

Scored = list[tuple[float, str]]  # score, code


class Preference:
    """Preferences among the procedures of one catalogue."""

    def __init__(self, procedures: Mapping[str, Procedure]) -> None:
        self._base = {code: base_name(procedure.name) for code, procedure in procedures.items()}
        self._distance = {code: distance(procedure) for code, procedure in procedures.items()}
        self._words = {code: telling(base.split()) for code, base in self._base.items()}
        kinds = {code: (_HOUSEHOLD.search(base), _COMPANY.search(base)) for code, base in self._base.items()}
        self._for_household = {code for code, (household, company) in kinds.items() if household and not company}
        self._for_company = {code for code, (household, company) in kinds.items() if company and not household}
        self._own_people = {
            code
            for code, procedure in procedures.items()
            if procedure.field == OWN_PEOPLE_FIELD and not _FORCE.search(self._base[code])
        }

    def settle(self, scored: Scored, question: str) -> Scored:
        """Scores with the preferred ones lifted just above those they are preferred to; best first."""
        plain = fold(expand(question))
        back = self._others(plain)
        if back:
            scored = [(score - OTHER_KIND_BEHIND if code in back else score, code) for score, code in scored]
        if self._own_people and not _FORCE.search(plain):
            back = self._own_people
            scored = [(score - OWN_PEOPLE_BEHIND if code in back else score, code) for score, code in scored]
        scored = sorted(self._near_level(scored), key=lambda pair: (-pair[0], pair[1]))
        said = said_words(question)
        for _ in range(2):
            lifted = self._ordinary(scored[:TOP], said) or self._fuller(scored[:TOP], said)
            if lifted is None:
                break
            best = scored[0][0] + STEP
            scored = [(best, lifted), *(pair for pair in scored if pair[1] != lifted)]
        return scored

    def _others(self, plain: str) -> set[str]:
        """Codes of what is for the other kind of business than the one that the folded question names."""
        household, company = _HOUSEHOLD.search(plain), _COMPANY.search(plain)
        if bool(household) == bool(company):
            return set()
        return self._for_company if household else self._for_household

    def rivals(self, best: str, others: Iterable[str], question: str) -> list[str]:
        """Those of `others` that the question leaves as likely as `best`: no twin of another level, no variant whose
        addition the question does not speak of."""
        said = said_words(question)
        return [
            code
            for code in others
            if self._base[code] != self._base[best] and not self._adds_unsaid(code, best, said)
        ]

    def _near_level(self, scored: Scored) -> Scored:
        groups: dict[str, Scored] = {}
        for score, code in scored:
            groups.setdefault(self._base[code], []).append((score, code))
        settled: Scored = []
        for group in groups.values():
            if len(group) > 1:
                best = max(score for score, _ in group)
                near = min(group, key=lambda pair: (self._distance[pair[1]], -pair[0]))[1]
                group = [(best + STEP, code) if code == near else (score, code) for score, code in group]
            settled += group
        return settled

    def _ordinary(self, top: Scored, said: set[str]) -> str | None:
        if not top:
            return None
        best_score, best = top[0]
        for score, code in top[1:]:
            if best_score - score > ORDINARY_WITHIN:
                break
            if self._adds_unsaid(best, code, said):
                return code
        return None

    def _fuller(self, top: Scored, said: set[str]) -> str | None:
        """The variant near the best whose addition was said, all of it: birth, residence, insurance all at once."""
        if not top:
            return None
        best_score, best = top[0]
        base = self._words[best]
        for score, code in top[1:]:
            if best_score - score > ORDINARY_WITHIN:
                break
            more = self._words[code] - base
            if base < self._words[code] and more <= said:
                return code
        return None

    def _adds_unsaid(self, variant: str, plain: str, said: set[str]) -> bool:
        """Whether `variant` is `plain` and more, and nothing of the more was said."""
        base, more = self._words[plain], self._words[variant]
        return bool(base) and base < more and not (more - base) & said


def said_words(question: str) -> set[str]:
    """Folded telling words of a question and of the official terms for its everyday ones."""
    found = words(about(question))
    for meant in lexicon().official(question):
        found += words(meant)
    return telling(fold(word) for word in found)


def telling(folded: Iterable[str]) -> set[str]:
    return {word for word in folded if word not in FOLDED_FILLERS and word not in _PLURALS}


def first_level(procedure: Procedure) -> Level | None:
    """The level a citizen meets first: commune before city before ministry."""
    return next((level for level in Level if level in procedure.levels), None)


_ABOLISHED = re.compile(r"\bcấp huyện\b", re.IGNORECASE)  # levels whose offices closed on 1 July 2025


def distance(procedure: Procedure) -> int:
    """0 for the nearest level; one more than the farthest where none is known or its offices are closed."""
    level = None if _ABOLISHED.search(procedure.name) else first_level(procedure)
    return list(Level).index(level) if level else len(Level)


def base_name(name: str) -> str:
    """A name without its level, its "Thủ tục" and its final stop, folded: equal for one procedure at two levels."""
    plain = re.sub(r"\((?:thực hiện )?(?:tại )?(?:ở )?cấp [^)]*\)", " ", name, flags=re.IGNORECASE)
    return re.sub(r" (?:thuc hien )?tai cap (?:trung uong|tinh|xa|huyen)$", "", name_key(plain))


def name_key(name: str) -> str:
    """A name folded, without punctuation and "Thủ tục": equal for two ways to write it."""
    key = " ".join(fold(word) for word in words(expand(name)))
    return key.removeprefix("thu tuc ")
