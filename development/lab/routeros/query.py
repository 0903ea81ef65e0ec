"""Queries of a print: a stack of truths, which the words of the query push on and join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def matches(row: Mapping[str, str], words: Iterable[str]) -> bool:
    """Tell whether a row is asked for: everything that is left on the stack must be true."""
    stack: list[bool] = []
    for word in words:
        if word.startswith("#"):
            for operation in word[1:]:
                _operate(stack, operation)
        else:
            stack.append(_holds(row, word))
    return all(stack)


def _operate(stack: list[bool], operation: str) -> None:
    if operation == "!":
        stack.append(not stack.pop())
    elif operation in "|&":
        last, before = stack.pop(), stack.pop()
        stack.append(last or before if operation == "|" else last and before)


def _holds(row: Mapping[str, str], word: str) -> bool:
    kind, rest = (word[0], word[1:]) if word[:1] in ("-", "<", ">", "=") else ("=", word)
    name, has_value, value = rest.partition("=")
    if kind == "-":
        return name not in row
    if not has_value:
        return name in row
    found = row.get(name, "")
    return {"=": found == value, "<": name in row and found < value, ">": name in row and found > value}[kind]
