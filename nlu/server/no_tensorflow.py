"""Rasa without TensorFlow: most of its start-up time and half of its memory, for parts that our pipeline does not have.

Rasa imports TensorFlow wherever it might be used: for DIET, for the dialogue policies. Nothing in our `config.yml` computes
with it. `stand_in()` puts an empty shape in its place before Rasa is imported: any name can be taken from it, subclassed,
used as a decorator or an annotation, as Rasa's modules do while they are read, and nothing can be computed with it.
A pipeline that names a TensorFlow component must be started with the real one (`nlu/server/launch.py` looks).
"""

from __future__ import annotations

import importlib.machinery
import sys
from types import ModuleType
from typing import Any

ROOTS = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")


class _Shape(type):
    """A class any attribute of which is a class of the same kind."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _shape(name)
        setattr(cls, name, made)
        return made

    def __getitem__(cls, _: Any) -> Any:
        return cls

    def __or__(cls, _: Any) -> Any:
        return cls

    __ror__ = __or__


def _new(cls: type, *arguments: Any, **_: Any) -> Any:
    # Used as a decorator: `@tf.function` gives the function back; `@tf.function(…)` a decorator that does.
    if cls.__dict__.get("_stand_in") and len(arguments) == 1 and callable(arguments[0]):
        return arguments[0]
    return object.__new__(cls)


def _shape(name: str) -> _Shape:
    return _Shape(
        name,
        (),
        {
            "_stand_in": True,
            "__new__": _new,
            "__init__": lambda self, *_, **__: None,
            "__init_subclass__": classmethod(lambda cls, **_: None),
            "__call__": lambda self, *arguments, **_: arguments[0] if arguments else self,
            "__module__": "tensorflow",
        },
    )


class _Module(ModuleType):
    __path__: list[str] = []
    __version__ = "2.12.0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _shape(name)
        setattr(self, name, made)
        return made


class _Finder:
    """Answers every import below `ROOTS`."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] in ROOTS:
            return importlib.machinery.ModuleSpec(name, _Finder, is_package=True)
        return None

    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Nothing to run."""


def stand_in() -> None:
    """Put the empty shape in TensorFlow's place, for this process and before anything has imported it."""
    sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
