"""One token per Chinese character; a run of Latin letters stays whole, a digit stands alone.

Word segmentation is where Chinese pipelines lose most: 「下周三四川那边来」 is cut at the wrong place before anything
else has looked at the sentence. Characters cannot be cut wrongly, and an entity may begin or end at any of them.
Digits stand alone because `305会议室` and `3个人` share nothing but their first character.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

TOKEN = re.compile(r"[A-Za-z]+|\S")


class Character(Token):
    """A token whose fingerprint costs nothing.

    Rasa fingerprints every token of every sentence several times per training, by way of JSON and a hash; of half a million
    characters that took longer than learning from them.
    """

    def fingerprint(self) -> str:
        """What tells this token from another of the same sentence."""
        return f"{self.start}{self.text}"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharacterTokenizer(Tokenizer):
    """Cuts a message into characters and Latin runs."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings every Rasa tokenizer carries; none of them matters to this one."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of `message`, with their offsets in it."""
        text: str = message.get(attribute)
        return [Character(found.group(), found.start()) for found in TOKEN.finditer(text)]
