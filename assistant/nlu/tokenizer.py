"""Syllables as tokens, in two views: the text as typed, the lemma without diacritics.

Codes, phone numbers and other digits become one token each, so that the classifier learns "a dossier code was given",
never the digits of one.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from knowledge_base.text import fold, lexicon

PIECE = re.compile(r"<so-(?:dien-thoai|dinh-danh)>|[^\W_]+(?:[.:/-][^\W_]+)*")
DOSSIER = re.compile(r"(?:[a-z]\d{2}|\d{3}\.[0-9a-z]{2}).*-\d{4,8}", re.IGNORECASE)
PROCEDURE = re.compile(r"\d\.\d{6}")
PHONE = re.compile(r"(?:\+?84|0)\d{8,10}")
TIME = re.compile(r"\d{1,2}(?:h|g|:)\d{0,2}", re.IGNORECASE)
OTHER_SCRIPT = re.compile(r"[^\W\d_\u0041-\u036f\u1e00-\u1eff\uff21-\uff5a]")  # a letter that is not Latin
DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class VietnameseTokenizer(Tokenizer):
    """One token a syllable; abbreviations written out; `lemma` is the folded form."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute) or ""
        replaced = lexicon().replaced
        tokens: list[Token] = []
        for match in PIECE.finditer(text):
            kind = _kind(match.group())
            if kind:
                tokens.append(Token(kind, match.start(), match.end(), lemma=kind))
                continue
            for word in re.finditer(r"[^\W_]+", match.group()):
                start = match.start() + word.start()
                for syllable in replaced.get(word.group().lower(), word.group()).lower().split():
                    tokens.append(Token(syllable, start, start + len(word.group()), lemma=fold(syllable)))
        return tokens or [Token("trống", 0, len(text), lemma="trong")]


def _kind(piece: str) -> str:
    """The stand-in for a code, phone number, time, date, plain number or a word in another script; empty for words."""
    if piece.startswith("<so-"):
        return "_điện_thoại_"
    if DOSSIER.fullmatch(piece):
        return "_mã_hồ_sơ_"
    if PROCEDURE.match(piece):
        return "_mã_thủ_tục_"
    if PHONE.fullmatch(piece):
        return "_điện_thoại_"
    if TIME.fullmatch(piece):
        return "_giờ_"
    if DATE.fullmatch(piece):
        return "_ngày_"
    if OTHER_SCRIPT.search(piece):
        return "_chữ_khác_"
    if piece.isdigit():
        return "_số_"
    return ""
