"""`openbell fuzz-api --cases N`: requests made of the OpenAPI document, right and wrong ones, to a
whole exchange of real processes.

Each round has a seed and a login of its own. An answer that the document does not foresee, or that
is a server error, ends the run with what to send to see it again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.live_exchange import live_exchange

CASES = 20_000
ROUND_S = 600
"""Below the life of an access token."""
WAIT_S_MAX = 600
"""A round makes so many wrong logins that its address is closed for a while."""
ROUNDS_MAX = 200
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Round:
    """What one run of schemathesis came to."""

    cases: int
    failed: bool
    said: str


def one_round(url: str, token: str, seed: int, *options: str) -> Round:
    """Run every operation of the document once over."""
    with tempfile.TemporaryDirectory(prefix="fuzz-api-") as directory:
        report = Path(directory) / "report.json"
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json"),
            *("--checks", ",".join(CHECKS), "--seed", str(seed), "--no-color"),
            *("--header", f"Authorization: Bearer {token}", "--request-timeout", "10"),
            *("--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"),
            *("--report", "json", "--report-json-path", str(report), *options),
        ]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if not report.exists():
            return Round(0, True, done.stdout + done.stderr)
        return Round(_cases(json.loads(report.read_text())), done.returncode != 0, done.stdout)


def _cases(report: dict[str, Any]) -> int:
    return int(report["test_cases"]["generated"])


def log_in(url: str, email: str, password: str) -> str:
    """Return an access token, once the address may log in."""
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(f"{url}/api/v1/auth/login", body)
    ends_s = time.monotonic() + WAIT_S_MAX
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return str(json.load(answer)["access_token"])
        except urllib.error.HTTPError as error:
            if error.code != 429 or time.monotonic() > ends_s:
                raise
            time.sleep(int(error.headers["Retry-After"]))


def main() -> int:
    """Run rounds until there were enough cases; 0 if all answers were foreseen."""
    parser = argparse.ArgumentParser(prog="openbell fuzz-api", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cases, began_s = 0, time.monotonic()
    with live_exchange("fuzz-api-", bots=True) as facts:
        url, user = facts["gateway_url"], facts["demo"]["logins"][0]
        for seed in range(options.seed, options.seed + ROUNDS_MAX):
            token = log_in(url, user["email"], user["password"])
            done = one_round(url, token, seed, "--max-time", str(ROUND_S))
            cases += done.cases
            print(f"seed {seed}: {cases:,} cases, {time.monotonic() - began_s:.0f} s", flush=True)
            if done.failed:
                print(done.said)
                return 1
            if cases >= options.cases:
                break
    print(f"{cases:,} cases, 0 server errors, 0 answers that the document does not foresee")
    return 0 if cases >= options.cases else 1


if __name__ == "__main__":
    sys.exit(main())
