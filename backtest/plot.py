"""Plots as inline SVG: no script, nothing from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

WIDTH: Final = 1_000
HEIGHT: Final = 240
LEFT, RIGHT, TOP, BOTTOM = 84, 16, 12, 28
POINTS_MAX: Final = 700
MARKS_MAX: Final = 1_500
TICKS: Final = 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Marks:
    """Points drawn alone: ``shape`` is up or down."""

    name: str
    shape: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Line:
    """A line; ``is_filled`` colours what is between it and zero, ``is_stepped`` holds each value
    until the next.
    """

    name: str
    style: str
    points: Sequence[Point]
    is_filled: bool = False
    is_stepped: bool = False


@dataclass(frozen=True)
class Plot:
    """Over hours. ``unit`` of what is plotted."""

    title: str
    unit: str
    lines: Sequence[Line]
    marks: Sequence[Marks] = field(default_factory=tuple)
    has_zero: bool = False

    def svg(self) -> str:
        """Return the picture; words instead where there is nothing to draw."""
        points = [point for line in self.lines for point in line.points]
        if len(points) < 2:
            return f"<p>{escape(self.title)}: nothing to draw.</p>"
        scale = _Scale.around(points, self.has_zero)
        body = [scale.grid(self.unit)]
        body += [self._line(line, scale) for line in self.lines]
        body += [self._marks(marks, scale) for marks in self.marks]
        words = escape(f"{self.title}, {self.unit}")
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words}">'
            f"{''.join(body)}</svg>"
        )

    def legend(self) -> str:
        """Return what is what."""
        names = [(line.name, line.style, "line") for line in self.lines]
        names += [(marks.name, marks.style, marks.shape) for marks in self.marks if marks.points]
        return "".join(
            f'<span class="key {style} {shape}">{escape(name)}</span>'
            for name, style, shape in names
        )

    def _line(self, line: Line, scale: "_Scale") -> str:
        thinned = thin(line.points, POINTS_MAX)
        if line.is_stepped:
            thinned = [
                corner
                for (x, y), (_, before) in zip(thinned[1:], thinned, strict=False)
                for corner in ((x, before), (x, y))
            ]
        drawn = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in thinned)
        area = ""
        if line.is_filled and thinned:
            zero = scale.y(max(scale.low, min(scale.high, 0.0)))
            first, last = scale.x(thinned[0][0]), scale.x(thinned[-1][0])
            corners = f"{first:.1f},{zero:.1f} {drawn} {last:.1f},{zero:.1f}"
            area = f'<polygon class="area {line.style}" points="{corners}"/>'
        return f'{area}<polyline class="line {line.style}" points="{drawn}"/>'

    def _marks(self, marks: Marks, scale: "_Scale") -> str:
        step = max(1, -(-len(marks.points) // MARKS_MAX))
        sign = -1 if marks.shape == "up" else 1
        paths = []
        for x, y in marks.points[::step]:
            at_x, at_y = scale.x(x), scale.y(y)
            paths.append(f"M{at_x - 3:.1f} {at_y - 3 * sign:.1f}h6l-3 {6 * sign}z")
        return f'<path class="mark {marks.style}" d="{"".join(paths)}"/>'


@dataclass(frozen=True)
class _Scale:
    first: float
    last: float
    low: float
    high: float

    @classmethod
    def around(cls, points: Sequence[Point], has_zero: bool) -> "_Scale":
        values = [y for _, y in points] + ([0.0] if has_zero else [])
        low, high = min(values), max(values)
        margin = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
        times = [x for x, _ in points]
        return cls(min(times), max(times), low - margin, high + margin)

    def x(self, hours: float) -> float:
        return LEFT + (hours - self.first) / (self.last - self.first or 1) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self, unit: str) -> str:
        parts = []
        step = nice_step((self.high - self.low) / TICKS)
        tick = -(-self.low // step) * step
        while tick <= self.high:
            y = self.y(tick)
            style = "zero" if abs(tick) < step / 1e6 else "rule"
            parts.append(f'<path class="{style}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(f'<text class="value" x="{LEFT - 8}" y="{y + 4:.1f}">{_said(tick)}</text>')
            tick += step
        hours = nice_step((self.last - self.first) / 8 * 60) / 60
        at = -(-self.first // hours) * hours
        while at <= self.last:
            x = self.x(at)
            parts.append(
                f'<text class="time" x="{x:.1f}" y="{HEIGHT - 8}">{_clock(at)}</text>'
                f'<path class="rule" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
            )
            at += hours
        return "".join(parts)


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most about ``most`` points that look the same: of each piece the least, the
    greatest and the last.
    """
    if len(points) <= most:
        return list(points)
    piece = -(-len(points) * 3 // most)
    kept: list[Point] = [points[0]]
    for at in range(0, len(points), piece):
        part = points[at : at + piece]
        chosen = {min(part, key=_value), max(part, key=_value), part[-1]}
        kept += sorted(chosen)
    return kept


def _value(point: Point) -> float:
    return point[1]


def nice_step(rough: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is next to ``rough``."""
    if rough <= 0:
        return 1.0
    power: float = 10.0 ** (len(f"{rough:.0f}") - 1 if rough >= 1 else -_zeros(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _zeros(rough: float) -> int:
    zeros = 0
    while rough < 1:
        rough *= 10
        zeros += 1
    return zeros


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.6g}"


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60}:{minutes % 60:02d}"
