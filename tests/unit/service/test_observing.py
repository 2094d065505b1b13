"""Series, alerts and their history, out of pages of metrics that say what they should."""

from itertools import pairwise

from service.observing.alerts import ALERTS
from service.observing.history import History
from service.observing.samples import Key, Reading, quantile_of, read_text
from service.observing.series import SERIES, Kind

S = 1_000_000_000
FLUSH = "openbell_engine_flush_seconds"


def page(**samples: float) -> str:
    """A page of metrics; a name may have labels behind two underscores: ``name__le_05``."""
    return "".join(f"{name} {value}\n" for name, value in samples.items())


def reading(at_s: int, text: str | None) -> Reading:
    return Reading(at_s * S, None if text is None else read_text(text))


def last(history: History) -> dict[Key, float]:
    return dict(history.ticks()[-1].values)


def told(history: History, at_s: int, **pages: str | None) -> None:
    history.take({name: reading(at_s, text) for name, text in pages.items()}, at_s * S)


def test_a_rate_is_what_a_counter_gained_a_second() -> None:
    history = History()
    told(history, 10, engine=page(openbell_engine_commands_total=100))
    told(history, 15, engine=page(openbell_engine_commands_total=600))
    assert last(history)[Key("engine_commands_per_second", "engine", "")] == 100.0


def test_a_counter_that_began_again_has_gained_what_it_is() -> None:
    history = History()
    told(history, 10, engine=page(openbell_engine_commands_total=10_000))
    told(history, 15, engine=page(openbell_engine_commands_total=50))
    assert last(history)[Key("engine_commands_per_second", "engine", "")] == 10.0


def test_a_rate_over_a_pause_is_of_the_whole_pause() -> None:
    history = History()
    told(history, 10, engine=page(openbell_engine_commands_total=100))
    told(history, 15, engine=None)
    assert last(history) == {Key("up", "engine", ""): 0.0}
    told(history, 20, engine=page(openbell_engine_commands_total=200))
    assert last(history)[Key("engine_commands_per_second", "engine", "")] == 10.0


def test_a_quantile_is_of_what_was_counted_since_the_last_look() -> None:
    history = History()
    before = f'{FLUSH}_bucket{{le="0.001"}} 1000\n{FLUSH}_bucket{{le="0.002"}} 1000\n'
    after = f'{FLUSH}_bucket{{le="0.001"}} 1000\n{FLUSH}_bucket{{le="0.002"}} 1010\n'
    told(history, 10, engine=before + f'{FLUSH}_bucket{{le="+Inf"}} 1000\n')
    told(history, 15, engine=after + f'{FLUSH}_bucket{{le="+Inf"}} 1010\n')
    assert last(history)[Key("engine_flush_seconds", "engine", "p50")] == 0.0015


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile_of([(1.0, 0.0), (float("inf"), 0.0)], 0.5) is None
    assert quantile_of([], 0.5) is None


def test_past_the_last_bound_a_quantile_is_that_bound() -> None:
    assert quantile_of([(1.0, 1.0), (2.0, 2.0), (float("inf"), 100.0)], 0.99) == 2.0


def test_a_reader_is_behind_the_last_event_that_the_engine_released() -> None:
    history = History()
    told(
        history,
        10,
        engine=page(openbell_engine_next_event_seq=1_001),
        accounts=page(openbell_settled_seq=900),
    )
    assert last(history)[Key("settled_events_behind", "accounts", "")] == 100.0


def test_lines_of_one_series_are_told_apart_by_their_label() -> None:
    history = History()
    name = "openbell_gateway_errors_total"
    told(history, 10, gateway=f'{name}{{code="STALE"}} 0\n{name}{{code="INTERNAL"}} 0\n')
    told(history, 20, gateway=f'{name}{{code="STALE"}} 10\n{name}{{code="INTERNAL"}} 20\n')
    found = last(history)
    assert found[Key("errors_per_second", "gateway", "STALE")] == 1.0
    assert found[Key("errors_per_second", "gateway", "INTERNAL")] == 2.0


def test_an_alert_fires_once_it_was_wrong_for_its_time() -> None:
    history = History()
    for at_s in range(0, 30, 5):
        told(history, at_s, engine=None)
        assert history.firing() == []
    told(history, 30, engine=None)
    [firing] = history.firing()
    assert (firing.alert.name, firing.key.process) == ("ProcessDown", "engine")
    assert (firing.since_ts_ns, firing.value) == (0, 0.0)
    told(history, 35, engine="")
    assert history.firing() == []


def test_a_difference_in_the_books_fires_at_once_and_before_all_else() -> None:
    history = History()
    told(history, 0, auditor=page(openbell_audit_differences=1, openbell_audit_last_run_seconds=1))
    told(
        history,
        2_000,
        auditor=page(openbell_audit_differences=1, openbell_audit_last_run_seconds=1),
    )
    assert [firing.alert.name for firing in history.firing()] == ["BooksDiffer", "AuditOverdue"]


def test_an_alert_on_one_line_is_deaf_to_the_others() -> None:
    history, name = History(), "openbell_gateway_errors_total"
    for at_s in range(0, 121, 5):
        told(history, at_s, gateway=f'{name}{{code="STALE"}} {at_s * 100}\n')
    assert history.firing() == []


def test_what_is_kept_has_an_end() -> None:
    history = History(interval_s=5, kept_s=15 * 60)
    for at_s in range(0, 2_000, 5):
        told(history, at_s, engine="")
    times = [tick.ts_ns for tick in history.ticks()]
    assert len(times) == 181
    assert {later - earlier for earlier, later in pairwise(times)} == {5 * S}
    assert len(history.ticks(since_ns=times[-1] - 60 * S)) == 13


def test_a_series_that_a_label_splits_says_so_to_its_alerts() -> None:
    labels = {series.name: series for series in SERIES}
    for alert in ALERTS:
        series = labels[alert.series]
        if series.kind is Kind.QUANTILE:
            assert alert.label, alert.name
        assert not alert.label or series.by or series.quantiles, alert.name
