"""Which intent a sentence has: a linear support vector machine over n-grams, its scores turned into probabilities.

Rasa's LogisticRegressionClassifier on CountVectorsFeaturizer was the first choice; on the same sentences this is more
accurate, wrongly accepts far fewer out-of-scope ones, and trains ten times faster (`docs/decisions.md` has the figures).
Scores become probabilities by a softmax whose temperature is found on sentences the machine was not trained on.
The model is stored as plain arrays, nothing that executes on loading.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from nlu.server.components.grams import Grams, Sight
from nlu.server.components.lexicon import cues, is_made, word_lists
from nlu.server.components.parts import note, parts_of

RANKING = "intent_ranking"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceClassifier(IntentClassifier, GraphComponent):
    """Learns intents from whole sentences."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon`: folder of word lists; `C`: inverse regularisation; `temperature`: None to find it while training."""
        return {"lexicon": None, "C": 2.0, "temperature": None}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """An untrained classifier; `load` opens a trained one."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._sight = Sight(words={}, cues={})
        self._grams: Grams | None = None
        self._classes: list[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0)
        self._temperature = 1.0

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SentenceClassifier:
        """An untrained classifier for Rasa's training graph."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit n-grams, machine and temperature, and store them."""
        examples = [m for m in training_data.intent_examples if m.get(INTENT) and m.get(TEXT)]
        texts = [message.get(TEXT) for message in examples]
        intents = np.array([message.get(INTENT) for message in examples])
        written = np.array([not is_made(message) for message in examples])
        if self._config["lexicon"]:
            self._sight = Sight(words=word_lists(self._config["lexicon"]), cues=cues(self._config["lexicon"]))
        # What is seldom must be judged on written sentences: made ones repeat their originals.
        self._grams = Grams.fit([text for text, by_hand in zip(texts, written) if by_hand], self._sight)
        rows = self._grams.transform(texts, self._sight)
        self._temperature = self._config["temperature"] or _temperature(
            rows[written], intents[written], self._config["C"]
        )
        machine = _machine(rows, intents, self._config["C"])
        self._classes = [str(name) for name in machine.classes_]
        # Transposed: one sentence needs a few dozen of its rows.
        self._weights = np.ascontiguousarray(machine.coef_.T.astype(np.float32))
        self._bias = machine.intercept_
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `intent` and the full `intent_ranking` of each message; of each of its parts where it has several."""
        for message in messages:
            if not message.get(TEXT) or self._grams is None:
                continue
            rankings = [self._ranking(text) for text, _ in parts_of(message)]
            message.set(INTENT, rankings[0][0], add_to_output=True)
            message.set(RANKING, rankings[0], add_to_output=True)
            if len(rankings) > 1:
                note(message, RANKING, rankings)
        return messages

    def _ranking(self, text: str) -> list[dict[str, Any]]:
        assert self._grams is not None
        indices, values = self._grams.row(text, self._sight)
        scores = values @ self._weights[indices] + self._bias
        chances = _chances(scores[None], self._temperature)[0]
        return [{"name": self._classes[index], "confidence": float(chances[index])} for index in np.argsort(-chances)]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after it needs predictions on the training data."""
        return training_data

    def _persist(self) -> None:
        assert self._grams is not None
        words = {
            "classes": self._classes,
            "names": self._grams.names,
            "stranger": self._grams.stranger,
            "temperature": self._temperature,
            "words": self._sight.words,
            "cues": self._sight.cues,
        }
        with self._storage.write_to(self._resource) as folder:
            (folder / "classifier.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
            np.savez_compressed(
                folder / "classifier.npz", weights=self._weights, bias=self._bias, grams=self._grams.weights
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> SentenceClassifier:
        """The trained classifier."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            words = json.loads((folder / "classifier.json").read_text("utf-8"))
            with np.load(folder / "classifier.npz", allow_pickle=False) as arrays:
                component._weights, component._bias = arrays["weights"], arrays["bias"]
                component._grams = Grams(names=words["names"], weights=arrays["grams"], stranger=words["stranger"])
        component._classes = words["classes"]
        component._temperature = words["temperature"]
        component._sight = Sight(words=words["words"], cues=words["cues"])
        return component


def _machine(rows: csr_matrix, intents: np.ndarray, strictness: float) -> LinearSVC:
    # Balanced: 「谢谢」 has a hundred ways to be said and a repair has thousands; both count.
    return LinearSVC(C=strictness, class_weight="balanced", random_state=42).fit(rows, intents)


def _chances(scores: np.ndarray, temperature: float) -> np.ndarray:
    raised = np.exp(temperature * (scores - scores.max(axis=1, keepdims=True)))
    return raised / raised.sum(axis=1, keepdims=True)


def _temperature(rows: csr_matrix, intents: np.ndarray, strictness: float, *, folds: int = 4) -> float:
    """The softmax temperature under which held-out sentences are likeliest."""
    known = sorted(set(intents))
    block = np.arange(len(intents)) % folds
    scores, truth = [], []
    for fold in range(folds):
        out = block == fold
        if not out.any() or set(intents[~out]) != set(known):
            continue
        scores.append(_machine(rows[~out], intents[~out], strictness).decision_function(rows[out]))
        truth.append(np.searchsorted(known, intents[out]))
    if not scores or len(known) < 3:
        return 4.0
    all_scores, all_truth = np.vstack(scores), np.concatenate(truth)

    def surprise(temperature: float) -> float:
        right = _chances(all_scores, temperature)[np.arange(len(all_truth)), all_truth]
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    return float(min(np.arange(1.0, 12.1, 0.5), key=surprise))
