"""A stand-in for a service: answers /readyz and, on request, misbehaves as services can."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--deaf", action="store_true", help="ignore SIGTERM")
parser.add_argument("--dies", type=Path, help="a file with the number of starts that shall fail")
parser.add_argument("--ready-after-s", type=float, default=0.0)
parser.add_argument("--says", default="started")
options = parser.parse_args()

born_s = time.monotonic()
print(options.says, flush=True)
if options.dies is not None and (left := int(options.dies.read_text())) > 0:
    options.dies.write_text(str(left - 1))
    print("cannot bind port 9101: address already in use", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if options.deaf else lambda *_: sys.exit(0))


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = time.monotonic() - born_s >= options.ready_after_s
        body = b'{"ready":true}' if ready else b'{"ready":false,"waiting_for":["the engine"]}'
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet: the log file is what the tests read."""


HTTPServer(("127.0.0.1", options.port), Answers).serve_forever()
