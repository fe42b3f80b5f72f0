"""Training Rasa: only when the sentences, the word lists, the pipeline or its parts have changed.

A model carries the fingerprint of everything it was made from in its file name, so finding the right one is a look into the
folder. One training at a time per folder; a second caller waits and then finds the model there.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from nlu import augment, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Progress = Callable[[str], None]

KEPT = 2
"""Models kept in the folder: the present one and the one before, to go back to."""

_PREFIX = "houqin-"
_SUFFIX = ".tar.gz"


class TrainingFailed(Exception):
    """Rasa could not be trained; the message, in Chinese, ends with the last lines it wrote."""


def rasa_python(root: Path) -> Path:
    """The interpreter of Rasa's own environment. `HOUQIN_RASA_PYTHON` overrides the usual place."""
    override = os.environ.get("HOUQIN_RASA_PYTHON")
    return Path(override) if override else root / ".venv-rasa" / "bin" / "python"


def training_files(root: Path, extra: Sequence[Path] = ()) -> list[Path]:
    """The hand-written sentences: `nlu/training/*.yml`, and those of further folders (a fifth kind brings its own)."""
    folders = [root / "nlu" / "training", *extra]
    return [file for folder in folders for file in sorted(folder.glob("*.yml"))]


def fingerprint(*, root: Path, extra: Sequence[Path] = ()) -> str:
    """Sixteen hex digits over everything a model is made from."""
    nlu = root / "nlu"
    made_from = [
        *training_files(root, extra),
        *sorted((nlu / "vocabulary").glob("*.yml")),
        root / "config.yml",
        root / "requirements" / "rasa.txt",
        *sorted((nlu / "server" / "components").glob("*.py")),
        *(nlu / name for name in ("augment.py", "normalise.py", "sentences.py")),
    ]
    digest = sha256()
    for file in made_from:
        if file.exists():
            digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def model_path(*, root: Path, models_dir: Path, extra: Sequence[Path] = ()) -> Path:
    """Where the model of the present data is, or will be after training."""
    return models_dir / f"{_PREFIX}{fingerprint(root=root, extra=extra)}{_SUFFIX}"


def train(
    *,
    root: Path,
    models_dir: Path,
    progress: Progress = lambda _: None,
    extra: Sequence[Path] = (),
    force: bool = False,
    multiplied: bool = True,
) -> Path:
    """The path of an up-to-date model, trained now if there is none.

    Args:
        root: the checkout (holds `config.yml`, `nlu/` and Rasa's environment).
        models_dir: where models are kept; created if need be.
        progress: is told, in Chinese, what is going on.
        extra: further folders of training files.
        force: train even if an up-to-date model is there.
        multiplied: also on the variants `nlu.augment` makes of the sentences; without them only to compare, in a folder of its own.

    Raises:
        TrainingFailed: Rasa is not installed, refused the data, or broke.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(models_dir):
        model = model_path(root=root, models_dir=models_dir, extra=extra)
        if model.exists() and not force:
            progress("训练数据和流水线没有变化，沿用已有模型")
            model.touch()
            return model
        python = rasa_python(root)
        if not python.exists():
            raise TrainingFailed(f"找不到 Rasa 环境（{python}），请先运行 make run 或 make test 安装")
        work = models_dir / "build"
        _expand(training_files(root, extra), work, progress, multiplied=multiplied)
        _run_rasa(python=python, root=root, work=work, model=model, progress=progress)
        _drop_old(models_dir)
        return model


@contextmanager
def _one_at_a_time(models_dir: Path) -> Iterator[None]:
    with (models_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _expand(files: Sequence[Path], work: Path, progress: Progress, *, multiplied: bool) -> None:
    try:
        written = list(sentences.read(files))
    except ValueError as error:
        raise TrainingFailed(str(error)) from error
    if not written:
        raise TrainingFailed("没有训练句：nlu/training/ 是空的")
    expanded = augment.augment(written) if multiplied else written
    progress(f"训练句 {len(written)} 条，扩充到 {len(expanded)} 条")
    work.mkdir(parents=True, exist_ok=True)
    sentences.write(expanded, work / "expanded.yml")


def _run_rasa(*, python: Path, root: Path, work: Path, model: Path, progress: Progress) -> None:
    name = model.name.removesuffix(_SUFFIX)
    command = [str(python), "-m", "nlu.server.launch", "train", "nlu", "--config", "config.yml"]
    command += ["--nlu", str(work / "expanded.yml"), "--out", str(work), "--fixed-model-name", name]
    log = work / "train.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=root,
            env={**os.environ, "RASA_MAX_CACHE_SIZE": "0", "HOUQIN_PARENT_PID": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, started, progress)
        except BaseException:
            process.kill()
            process.wait()
            raise
    made = work / model.name
    if process.returncode != 0 or not made.exists():
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise TrainingFailed(f"Rasa 训练失败（退出码 {process.returncode}），日志末尾：\n{tail}")
    made.replace(model)
    progress(f"训练完成，用时 {time.monotonic() - started:.0f} 秒")


def _wait(process: subprocess.Popen[bytes], started: float, progress: Progress) -> None:
    progress("Rasa 训练开始，约需一两分钟")
    while True:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            progress(f"训练中，已用 {time.monotonic() - started:.0f} 秒")
        else:
            return


def _drop_old(models_dir: Path) -> None:
    models = sorted(
        models_dir.glob(f"{_PREFIX}*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    for old in models[KEPT:]:
        old.unlink(missing_ok=True)
