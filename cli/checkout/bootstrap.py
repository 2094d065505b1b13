"""From a fresh checkout to a running command: environment, dependencies, core, web UI.

Standard library only. Every step is skipped when its inputs have not changed.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from cli.checkout.build_steps import (
    PYTHON,
    ROOT,
    VENV,
    BuildError,
    is_done,
    mark_done,
    pip_install,
    run_step,
    stamp_of,
)
from cli.checkout.web_build import ensure_web_build

_DEVELOPMENT = {"check", "fuzz", "test"}
_WITHOUT_CORE = {"down", "status", "logs", "top", "doctor", "reset", "client-recipe", "--help"}
_WITH_WEB = {"up", "test"}
_SOURCE_PTH = "openbell_source.pth"


def main(arguments: list[str]) -> None:
    """Make what ``arguments`` need, then become the command."""
    command = next((word for word in arguments if not word.startswith("-")), "--help")
    try:
        with _one_at_a_time():
            _ensure_environment()
            _ensure_dependencies("dev.lock" if command in _DEVELOPMENT else "run.lock")
            if command not in _WITHOUT_CORE:
                _ensure_core()
            if command in _WITH_WEB:
                ensure_web_build()
    except BuildError as error:
        sys.exit(f"Openbell cannot be built here:\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)
    _become_command(arguments)


class _one_at_a_time:
    """Two first starts side by side would install into each other's environment."""

    def __enter__(self) -> None:
        self._lock = (ROOT / "pyproject.toml").open("rb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __exit__(self, *failure: object) -> None:
        self._lock.close()


def _ensure_environment() -> None:
    if PYTHON.exists() and _works(PYTHON):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise BuildError(
            "This Python cannot make virtual environments. On Debian and Ubuntu: "
            f"apt install {_debian_package('venv')}"
        )
    command: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    run_step("Making the Python environment", command)


def _ensure_dependencies(lock_name: str) -> None:
    """Install a lock; dev.lock holds all of run.lock, so whoever has it needs nothing more."""
    locks = ("run.lock", "dev.lock") if lock_name == "run.lock" else ("dev.lock",)
    stamps = {name: stamp_of([ROOT / "run.lock", ROOT / name], _python_version()) for name in locks}
    if not any(is_done(name, stamp) for name, stamp in stamps.items()):
        run_step("Installing the Python dependencies", pip_install(lock_name))
        mark_done(lock_name, stamps[lock_name])
    pth = next(VENV.glob("lib/python*/site-packages")) / _SOURCE_PTH
    line = f"{ROOT}\n"
    # A path file, not an installation: a package that appears later is found as well.
    if not pth.exists() or pth.read_text(encoding="utf-8") != line:
        pth.write_text(line, encoding="utf-8")


def _ensure_core() -> None:
    """Compile every .pyx, unless the modules beside them come from exactly these sources."""
    sources = _core_sources()
    modules = [path for path in sources if path.suffix == ".pyx"]
    if not modules:
        return
    native = os.environ.get("OPENBELL_NATIVE", "1")
    inputs = [*sources, ROOT / "setup.py", ROOT / "run.lock"]
    toolchain = stamp_of(inputs[-2:], _python_version(), native, _machine(native == "1"))
    stamp = stamp_of(inputs, toolchain)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    if is_done("core", stamp) and all(path.with_suffix(suffix).exists() for path in modules):
        return
    _require_headers()
    env = dict(os.environ) | {"OPENBELL_NATIVE": native} | _compiler()
    command = [str(PYTHON), "setup.py", "build_ext", "--inplace"]
    command += ["--parallel", str(os.cpu_count() or 1)]
    if not is_done("core-toolchain", toolchain):
        command.append("--force")  # file times alone would not show a new compiler flag
    run_step("Compiling the core", command, env=env)
    mark_done("core-toolchain", toolchain)
    mark_done("core", stamp)


def _core_sources() -> list[Path]:
    found: list[Path] = []
    for package in ROOT.iterdir():
        if (package / "__init__.py").exists():
            found += [*package.rglob("*.pyx"), *package.rglob("*.pxd")]
    return found


def _compiler() -> dict[str, str]:
    """What setup.py needs to compile here: nothing when there is a compiler, else zig's."""
    if os.environ.get("CC") or any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        return {}
    if not _works(PYTHON, "import ziglang"):
        run_step("Installing a C compiler", pip_install("zig.lock"))
    cc = f"{PYTHON} -m ziglang cc"
    return {"CC": cc, "LDSHARED": f"{cc} -shared"}


def _require_headers() -> None:
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise BuildError(
            "Python's C headers are missing. On Debian and Ubuntu: "
            f"apt install {_debian_package('dev')}"
        )


def _debian_package(kind: str) -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-{kind}"


def _python_version() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def _machine(native: bool) -> str:
    """What -march=native depends on: a checkout carried to another machine is built anew."""
    if not native:
        return platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return platform.processor()
    wanted = ("model name", "flags", "Features")
    return "".join(sorted({line for line in lines if line.startswith(wanted)}))


def _works(python: Path, code: str = "import pip") -> bool:
    done = subprocess.run([python, "-c", code], capture_output=True, check=False)
    return done.returncode == 0


def _become_command(arguments: list[str]) -> None:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = environment.pop("OPENBELL_PYTHONPATH", "")
    if not environment["PYTHONPATH"]:
        del environment["PYTHONPATH"]
    command = [str(PYTHON), "-P", "-m", "cli", *arguments]
    os.execve(PYTHON, command, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
