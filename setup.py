"""Compiles every Cython module of the packages; everything else is declared in pyproject.toml."""

import os
import tomllib
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup

# CFLAGS in the environment replaces Python's own flags, so nothing here relies on them.
# Fields written one by one and soon read together wait for each other: no vectors made of them.
COMPILE_ARGS = ["-O3", "-fno-tree-slp-vectorize", "-fwrapv", "-DNDEBUG"]
if os.environ.get("OPENBELL_NATIVE") == "1":
    # Only a build that stays on this machine; it can tell that it is one.
    COMPILE_ARGS += ["-march=native", "-mtune=generic", "-DOPENBELL_NATIVE"]


def cython_extensions() -> list[Extension]:
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    include = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    extensions = []
    for package in find_packages(".", include=include):
        for source in sorted(Path(*package.split(".")).glob("*.pyx")):
            extensions.append(
                Extension(
                    f"{package}.{source.stem}",
                    [source.as_posix()],
                    extra_compile_args=COMPILE_ARGS,
                )
            )
    return extensions


EXTENSIONS = cython_extensions()

setup(
    ext_modules=cythonize(
        EXTENSIONS, build_dir="build/cython", compiler_directives={"language_level": "3"}
    )
    if EXTENSIONS
    else [],
)
