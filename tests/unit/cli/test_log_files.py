"""Logs stay within their bound while a process goes on writing into them."""

from __future__ import annotations

import os
from pathlib import Path

from cli.running.log_files import KEPT_FILES, Follower, open_for_append, rotate_if_large, tail


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("one\n")
    assert not rotate_if_large(log, bytes_max=4)
    assert not rotate_if_large(tmp_path / "missing.log")


def test_a_writer_goes_on_in_the_same_file_after_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    fd = open_for_append(log)
    os.write(fd, b"before\n")
    assert rotate_if_large(log, bytes_max=3)
    os.write(fd, b"after\n")
    os.close(fd)
    assert log.read_text() == "after\n"
    assert (tmp_path / "engine.log.1").read_text() == "before\n"


def test_only_so_many_old_files_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    for number in range(KEPT_FILES + 3):
        log.write_text(f"run {number}\n")
        rotate_if_large(log, bytes_max=1)
    kept = [path.read_text() for path in sorted(tmp_path.glob("engine.log.*"))]
    assert kept == ["run 4\n", "run 3\n"]


def test_the_tail_is_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    assert tail(log, 2) == ["line 98", "line 99"]
    assert tail(tmp_path / "missing.log", 2) == []


def test_following_yields_whole_lines_and_survives_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("old\n")
    follower = Follower({"engine": log})
    fd = open_for_append(log)
    assert list(follower.new_lines()) == []
    os.write(fd, b"new\nhal")
    assert list(follower.new_lines()) == [("engine", "new")]
    os.write(fd, b"f\n")
    assert list(follower.new_lines()) == [("engine", "half")]
    rotate_if_large(log, bytes_max=1)
    os.write(fd, b"later\n")
    assert list(follower.new_lines()) == [("engine", "later")]
    os.close(fd)
