"""What is wrong with a command line, in Chinese."""

from __future__ import annotations

import re
from typing import Any

COMMAND = re.compile(r"No such command '(?P<name>[^']*)'")
UNEXPECTED = re.compile(r"unexpected extra arguments? \((?P<rest>.*)\)")
CHOICES = re.compile(r"is not one of (?P<choices>.*)")
QUOTED = re.compile(r"'([^']*)'")
MORE = "（houqin --help 查看用法）"


def usage_error(error: Any) -> str:
    """Return what `error`, raised by the command line's parser, complains of."""
    said = str(getattr(error, "message", error))
    parameter = _parameter(error)
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少参数 {parameter}{MORE}"
        case "NoSuchOption":
            return f"没有 {error.option_name} 这个选项{MORE}"
        case "BadParameter":
            return f"参数 {parameter} 不对：{_choices(error) or said}{MORE}"
    if found := COMMAND.search(said):
        return f"没有 {found['name']} 这个命令{MORE}"
    if found := UNEXPECTED.search(said):
        return f"多出来的参数：{found['rest']}{MORE}"
    return f"用法不对：{said}{MORE}"


def _parameter(error: Any) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "")
    opts: list[str] = list(getattr(parameter, "opts", []))
    return next((opt for opt in opts if opt.startswith("--")), str(parameter.name))


def _choices(error: Any) -> str:
    if found := CHOICES.search(str(error)):
        return "可选 " + "、".join(QUOTED.findall(found["choices"]))
    return "文件不存在" if "does not exist" in str(error) else ""
