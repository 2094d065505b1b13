"""The golden datagrams, read by the code that flatc generates for TypeScript."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.checkout.web_build import FRONTEND, ensure_node, ensure_node_modules
from schemas.generate import SOURCES, find_flatc
from tests.contract.golden_datagrams import DIRECTORY

DECODER = Path(__file__).with_name("decode_golden.mjs")
STRICT = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"]


def test_the_code_that_flatc_generates_for_typescript_reads_the_same(tmp_path: Path) -> None:
    flatc = find_flatc()
    if flatc is None:
        pytest.skip("no flatc for this platform")
    node = ensure_node()
    ensure_node_modules(node)
    modules = FRONTEND / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    sources = [str(path) for path in sorted(SOURCES.glob("*.fbs"))]
    subprocess.run([flatc, "--ts", "-o", str(tmp_path), *sources], check=True)
    modules_made = [str(path) for path in (tmp_path / "schemas" / "generated").glob("*.ts")]
    environment = node.environment()
    places = ["--rootDir", str(tmp_path), "--outDir", str(tmp_path / "js")]
    tsc = [str(modules / ".bin" / "tsc"), *STRICT, "--types", "node", *places, *modules_made]
    compiled = subprocess.run(tsc, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stdout
    files = sorted(str(path) for path in DIRECTORY.glob("*.json"))
    program = shutil.which("node", path=environment["PATH"])
    assert program is not None
    generated = tmp_path / "js" / "schemas" / "generated"
    flatbuffers = modules / "flatbuffers" / "mjs" / "flatbuffers.js"
    command = [program, str(DECODER), str(generated), str(flatbuffers), *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert list(read) == files
    for file in files:
        content = json.loads(Path(file).read_text(encoding="ascii"))
        assert read[file] == {name: content[name] for name in ("header", "structs")}, file
