"""The same sentences for others: plain scikit-learn, and Rasa's stock Chinese pipeline (Jieba + DIET).

Both learn from the training files and are scored on the same rows, for intents only: what they make of times and of the desk's names
would be no fair comparison. scikit-learn gets the multiplied sentences, as ours does; DIET the sentences as written, `EPOCHS` rounds over
them and no entities, for else it trains for hours on two cores. scikit-learn is a development dependency; the stock pipeline wants
`jieba` in Rasa's environment (`HOUQIN_RASA_PYTHON` may name another), which the product does not, and is left out where it is missing.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nlu import augment, sentences
from nlu.evaluate import Row, Scores, score
from nlu.normalise import normalise
from nlu.process import RasaProcess
from nlu.train import TrainingFailed, rasa_python, train, training_files
from nlu.understanding import DEFAULT_KINDS, Request, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Progress = Callable[[str], None]

ACT = 0.5
"""The probability from which a compared classifier is taken at its word, as for ours."""

EPOCHS = 5
"""Rounds over some 12 000 sentences: as many steps as fifty rounds over the thousand sentences a stock project has; by then it
fits 98 % of them."""

STOCK = f"""\
recipe: default.v1
language: zh
assistant_id: stock
pipeline:
  - name: JiebaTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {EPOCHS}
    batch_size: 64
    entity_recognition: false
    constrain_similarities: true
  - name: EntitySynonymMapper
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One competitor: its figures and its costs."""

    name: str
    scores: Scores
    training_seconds: float | None = None
    median_ms: float | None = None
    resident_mb: float | None = None


def _opinion(row: Row, intent: str, chance: float) -> Understanding:
    kind = DEFAULT_KINDS.get(intent)
    return Understanding(
        text=row.text,
        original=row.text,
        intent=intent,
        kind=kind,
        confidence=chance,
        clarify=chance < ACT,
        slots={},
        hints={},
        requests=(Request(intent=intent, kind=kind),),
        candidates=(),
    )


async def scikit_learn(rows: Sequence[Row], *, root: Path) -> Compared:
    """TF-IDF over character n-grams and logistic regression, as any tutorial does it."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

    expanded = augment.augment(sentences.read(training_files(root)))
    machine = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, max_iter=200, class_weight="balanced"),
    )
    started = time.perf_counter()
    machine.fit([sentence.text for sentence in expanded], [sentence.intent for sentence in expanded])
    training = time.perf_counter() - started
    took: list[float] = []

    async def understand(row: Row) -> Understanding:
        begun = time.perf_counter()
        chances = machine.predict_proba([normalise(row.text)])[0]
        took.append(time.perf_counter() - begun)
        best = int(chances.argmax())
        return _opinion(row, str(machine.classes_[best]), float(chances[best]))

    scores = await score(rows, understand)
    return Compared(name="scikit-learn", scores=scores, training_seconds=training, median_ms=_median_ms(took))


def has_jieba(root: Path) -> bool:
    """Whether the stock Chinese pipeline can run in Rasa's environment."""
    found = subprocess.run(  # noqa: S603 - our own interpreter
        [str(rasa_python(root)), "-c", "import jieba"], capture_output=True, check=False
    )
    return found.returncode == 0


async def stock_rasa(rows: Sequence[Row], *, root: Path, progress: Progress) -> Compared | None:
    """Jieba + DIET on the sentences as written; None where Rasa's environment has no jieba."""
    if not has_jieba(root):
        progress(
            "Rasa 环境里没有 jieba，跳过 Jieba + DIET 的对比（装法：uv pip install --python .venv-rasa jieba）"
        )
        return None
    with TemporaryDirectory() as folder:
        stock = _stock_root(root, Path(folder))
        started = time.perf_counter()
        try:
            model = train(root=stock, models_dir=Path(folder) / "models", progress=progress, multiplied=False)
        except TrainingFailed as error:
            progress(f"Jieba + DIET 训练失败，跳过：{error}")
            return None
        training = time.perf_counter() - started
        async with RasaProcess(root=stock, model=model, log_path=Path(folder) / "rasa.log") as process:
            await process.wait_ready()
            took: list[float] = []
            async with process.client() as client:

                async def understand(row: Row) -> Understanding:
                    begun = time.perf_counter()
                    parse = await client.parse(normalise(row.text))
                    took.append(time.perf_counter() - begun)
                    return _opinion(row, *parse.ranking[0])

                scores = await score(rows, understand)
            resident = resident_mb(process.pid)
    return Compared(
        name="Jieba + DIET",
        scores=scores,
        training_seconds=training,
        median_ms=_median_ms(took),
        resident_mb=resident,
    )


def _stock_root(root: Path, folder: Path) -> Path:
    """A checkout that differs from `root` in its pipeline only."""
    stock = folder / "root"
    (stock / "nlu").mkdir(parents=True)
    for name in ("server", "training", "vocabulary", "__init__.py"):
        (stock / "nlu" / name).symlink_to(root / "nlu" / name)
    (stock / ".venv-rasa").symlink_to(root / ".venv-rasa")
    (stock / "config.yml").write_text(STOCK, "utf-8")
    return stock


def resident_mb(pid: int | None) -> float | None:
    """Resident memory of a process in MB, on Linux."""
    status = Path(f"/proc/{pid}/status")
    if pid is None or not status.exists():
        return None
    line = next((line for line in status.read_text("utf-8").splitlines() if line.startswith("VmRSS")), None)
    return int(line.split()[1]) / 1000 if line else None


def _median_ms(took: Sequence[float]) -> float:
    return 1000 * sorted(took)[len(took) // 2] if took else 0.0


def comparison_table(all_of_them: Sequence[Compared]) -> str:
    """The competitors side by side, in Chinese; what was not measured is a dash."""
    lines = ["方案            意图准确率    宏F1    类别  范围外误接  误拒/追问  训练秒  每句毫秒  内存MB"]
    for one in all_of_them:
        s = one.scores
        costs = (one.training_seconds, one.median_ms, one.resident_mb)
        seconds, milliseconds, memory = (
            "—" if cost is None else f"{cost:.{digits}f}"
            for cost, digits in zip(costs, (0, 1, 0), strict=True)
        )
        lines.append(
            f"{one.name:<16}{s.intent_accuracy:>10.1%}{s.macro_f1:>8.1%}{s.kind_accuracy:>8.1%}{s.out_of_scope_accepted:>12.1%}"
            f"{s.in_scope_rejected:>11.1%}{seconds:>8}{milliseconds:>10}{memory:>8}"
        )
    return "\n".join(lines)
