"""No float near money, no error swallowed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.sources import python_files, relative, tree

INTEGER_PACKAGES = ("domain", "matching", "risk", "engine_core", "accounts")
_CYTHON_FLOAT = re.compile(r"\b(?:float|double)\b|\b\d+\.\d|\b\d+e\d")
_CYTHON_COMMENT = re.compile(r'#.*|"""(?:.|\n)*?"""|"[^"\n]*"')


def test_money_and_matching_know_no_float() -> None:
    wrong = []
    for path in python_files(*INTEGER_PACKAGES):
        if path.suffix in {".pyx", ".pxd"}:
            code = _CYTHON_COMMENT.sub("", path.read_text(encoding="utf-8"))
            wrong += [f"{relative(path)}: {match[0]}" for match in _CYTHON_FLOAT.finditer(code)]
        else:
            wrong += [f"{relative(path)}:{line}" for line in sorted(float_lines(path))]
    assert wrong == []


def float_lines(path: Path) -> set[int]:
    """Lines with a float literal or annotation, seconds for the event loop apart."""
    seconds = {id(part) for node in seconds_nodes(tree(path)) for part in ast.walk(node)}
    return {
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant | ast.Name) and id(node) not in seconds
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    }


def seconds_nodes(module: ast.Module) -> Iterator[ast.AST]:
    """Whatever is bound to a name that says seconds: ``timeout_s=0.5``, ``POLL_S = 0.1``."""
    for node in ast.walk(module):
        names: list[str | None] = []
        if isinstance(node, ast.keyword | ast.arg):
            names = [node.arg]
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [getattr(target, "id", getattr(target, "attr", None)) for target in targets]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            if node.name.endswith("_s"):
                yield node.returns
        if any(name and (name.lower().endswith("_s") or name == "timeout") for name in names):
            yield node


LAST_DEFENCES = {"main.py", "service/process.py"}


def test_everything_is_caught_only_in_the_last_line_of_defence() -> None:
    wrong = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files()
        if path.suffix == ".py" and not {path.name, relative(path)} & LAST_DEFENCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    ]
    assert wrong == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def test_no_error_is_dropped_without_a_word() -> None:
    wrong = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files()
        if path.suffix == ".py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        if all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert wrong == []
