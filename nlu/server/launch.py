"""Start Rasa so that it can never outlive its owner, with its token out of sight.

`python -m nlu.server.launch run …` and `… train …` take Rasa's own arguments. Three things come first: on Linux the kernel is
asked to kill this process when its parent dies (a `kill -9` of the bot leaves no orphan); the token arrives in the
environment and not on the command line, where `ps` would show it to everyone; and the numeric libraries are kept to one
thread each, because short sentences gain nothing from more and two cores lose much.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from nlu.server import no_tensorflow

PIPELINE = "config.yml"
NEEDS_TENSORFLOW = ("DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "LanguageModelFeaturizer")
PR_SET_PDEATHSIG = 1
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "SANIC_WORKERS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}


def die_with_parent(parent: int | None) -> None:
    """Linux only. `parent` is the owner's process id: if it has died already, nobody will tell us, so leave."""
    if sys.platform != "linux" or parent is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that started Rasa is gone")


def wants_tensorflow(pipeline: Path) -> bool:
    """Whether the pipeline names a part that computes with TensorFlow; `HOUQIN_RASA_TENSORFLOW=1` says so for any."""
    if os.environ.get("HOUQIN_RASA_TENSORFLOW") == "1" or not pipeline.exists():
        return True
    return any(name in pipeline.read_text("utf-8") for name in NEEDS_TENSORFLOW)


def main() -> None:
    """Run Rasa's command line in this very process."""
    parent = os.environ.pop("HOUQIN_PARENT_PID", None)
    die_with_parent(int(parent) if parent else None)
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    token = os.environ.pop("HOUQIN_RASA_TOKEN", None)
    if token:
        # In one word: a random token may begin with a dash, and apart from its option it would be taken for one.
        sys.argv.append(f"--auth-token={token}")
    if not wants_tensorflow(Path(PIPELINE)):
        no_tensorflow.stand_in()
    from rasa.__main__ import main as rasa  # only now: what comes before decides what it imports

    rasa()


if __name__ == "__main__":
    main()
