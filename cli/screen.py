"""What `openbell` shows people: progress, the one screen at the end, the status table."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.running.instance import Facts, Paths
from cli.running.readiness import Readiness

console = Console(highlight=False)
error_console = Console(stderr=True, highlight=False)


class StartProgress:
    """A line per phase: live with a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(finished_text="[green]✓[/]"), TextColumn("{task.description}"))
        self._live = Progress(*columns, TimeElapsedColumn(), console=console)
        self._on_terminal = console.is_terminal
        self._task: TaskID | None = None
        self._phase = ""
        self._began_s = time.monotonic()
        if self._on_terminal:
            self._live.start()

    def phase(self, phase: str) -> None:
        if phase == self._phase:
            return
        self._finish_phase()
        self._phase, self._began_s = phase, time.monotonic()
        if self._on_terminal and phase != "running":
            self._task = self._live.add_task(phase, total=1)

    def message(self, message: str) -> None:
        stamp = time.strftime("%H:%M:%S")
        console.print(f"[yellow]{stamp}[/] {message}", markup=True, soft_wrap=True)

    def close(self) -> None:
        if self._on_terminal:
            self._live.stop()

    def _finish_phase(self) -> None:
        if self._task is not None:
            self._live.update(self._task, completed=1)
            self._task = None
        elif self._phase and not self._on_terminal:
            console.print(f"✓ {self._phase} ({time.monotonic() - self._began_s:.1f} s)")


def show_summary(facts: Facts, paths: Paths, took_s: float, detached: bool) -> None:
    """The one screen: where it is, who may log in, what to paste."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Web", facts.gateway_url)
    table.add_row("API", f"{facts.gateway_url}/api/v1   (documentation: {facts.gateway_url}/docs)")
    table.add_row("WebSocket", facts.gateway_url.replace("http", "ws", 1) + "/api/v1/ws")
    for login in facts.demo.get("logins", []):
        table.add_row("Log in", f"{login['email']}   password {login['password']}")
        if "totp_secret" in login:
            code = f"`openbell code`, or an authenticator app with {login['totp_secret']}"
            table.add_row("", f"with a second factor: {code}")
    for key in facts.demo.get("api_keys", [])[:1]:
        table.add_row("API key", key["api_key"])
        table.add_row("API secret", key["api_secret"])
    table.add_row("Core", core_in_words(facts.core))
    table.add_row("Data", str(paths.data_dir))
    stop = "openbell down" if detached else "Ctrl-C"
    table.add_row("", f"Stop: {stop} · openbell status · openbell logs -f · openbell audit")
    console.print(Panel(table, title=f"Openbell is open ({took_s:.1f} s)", border_style="green"))
    console.print(client_recipe(facts), markup=False, soft_wrap=True)


def core_in_words(core: str) -> str:
    if core == "reference":
        return "[bold yellow]REFERENCE: readable Python, slow (OPENBELL_PURE_PYTHON=1)[/]"
    return "compiled"


def client_recipe(facts: Facts) -> str:
    """Ready to paste: the book by curl, then an order by Python's standard library."""
    keys = facts.demo.get("api_keys") or [{"api_key": "YOUR_KEY", "api_secret": "YOUR_SECRET"}]
    key, secret = keys[0]["api_key"], keys[0]["api_secret"]
    return _RECIPE.format(url=facts.gateway_url, key=key, secret=secret)


_RECIPE = """\
# the book, without a key
curl -s '{url}/api/v1/depth?symbol=BTC-USDT&levels=5'

# an order, with the demo key
python3 - <<'PY'
import hashlib, hmac, json, time, urllib.request
url, key, secret = "{url}", "{key}", "{secret}"
path = "/api/v1/orders"
body = json.dumps({{"symbol": "BTC-USDT", "side": "buy", "type": "market", "quote_budget": "100"}})
stamp = str(int(time.time() * 1000))
text = "\\n".join((stamp, "POST", path, "", "", body))
signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256)
headers = {{"Content-Type": "application/json", "X-Openbell-Key": key,
           "X-Openbell-Timestamp": stamp, "X-Openbell-Signature": signature.hexdigest()}}
request = urllib.request.Request(url + path, body.encode(), headers)
print(json.dumps(json.load(urllib.request.urlopen(request)), indent=2))
PY
"""


def show_status(facts: Facts, readiness: Mapping[str, Readiness]) -> None:
    table = Table(title=f"Openbell · {facts.state} · {facts.gateway_url} · core {facts.core}")
    for heading in ("process", "pid", "port", "ready", "restarts", "uptime"):
        table.add_column(heading, justify="left" if heading in ("process", "ready") else "right")
    for name, process in facts.processes.items():
        answer = readiness[name]
        waiting = ", ".join(answer.waiting_for) or "not ready"
        table.add_row(
            name,
            str(process.pid or "–"),
            str(process.port or "–"),
            "[green]ready[/]" if answer.ready else f"[red]waiting for {waiting}[/]",
            str(process.restarts),
            uptime(process.started_at_s) if process.pid else "–",
        )
    console.print(table)


def uptime(started_at_s: float | None) -> str:
    if started_at_s is None:
        return "–"
    seconds = max(0, int(time.time() - started_at_s))
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
