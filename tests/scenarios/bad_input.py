"""Every reason for which a message is no valid event, among good ones, and tombstones."""

import hashlib
from collections import Counter

import harness
from generate import Generator, payload

from oracle import lake as lakes

MEBIBYTE = 1 << 20
DAY_MS = 86_400_000
GOOD = 400
KEY, HEADERS = b"user-\xff", [("trace", b"abc"), ("raw", b"\xff\xfe")]


def event(now_ms, **changes):
    """A good event with changes; a change to None takes the field away."""
    fields = {
        "event_id": "bad-1",
        "event_time": now_ms,
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 100,
        "output_tokens": 10,
    }
    fields.update(changes)
    return payload({name: value for name, value in fields.items() if value is not None})


def bad_messages(now):
    """(reason, message) of each fault, one fault a message."""
    good = event(now)
    text = {name: 7 for name in ("event_id", "provider", "tenant", "user_id", "feature", "status")}
    yield from (("not_utf8", data) for data in (b"\xff\xfe{}", good.replace(b"openai", b"op\xc3(")))
    yield from (
        ("not_json", data)
        for data in (
            b"{",
            good + b"}",
            b"plain words",
            good[:-1] + b",}",
            b"'",
            b'{"a":01}',
            good.replace(b"100", b"NaN"),
            good.replace(b"gpt-4o", b"\\ud800"),
            good.replace(b"gpt-4o", b"gpt\n4o"),
            b"\xef\xbb\xbf" + good,
        )
    )
    yield from (
        ("not_an_object", data) for data in (b"[]", b"7", b'"text"', b"null", b"[" + good + b"]")
    )
    yield from (
        ("missing_field", event(now, **{name: None}))
        for name in ("event_id", "event_time", "provider", "model")
    )
    yield "missing_field", event(now, event_id="")
    yield "missing_field", event(now, input_tokens=None, output_tokens=None)
    yield from (("wrong_type", event(now, **{name: value})) for name, value in text.items())
    yield from (
        ("wrong_type", event(now, **{name: value}))
        for name, value in (
            ("input_tokens", "100"),
            ("input_tokens", 1.5),
            ("output_tokens", True),
            ("input_tokens", 2**63),
            ("attributes", ["a"]),
            ("event_time", True),
            ("attributes", {"a": 1}),
            ("attempt", 0),
            ("sequence", -1),
            ("status", "fine"),
            ("usage_state", ""),
            ("served_from", "cache"),
            ("latency_ms", "12"),
            ("reported_cost_usd", "a lot"),
            ("gpu_seconds", [1]),
            ("web_searches", "2"),
        )
    )
    yield from (
        ("bad_time", event(now, event_time=value))
        for value in (
            "yesterday",
            "2026-11-23T10:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-11-23",
            "",
            "2026-11-23T25:00:00Z",
            "1700000000000",
        )
    )
    yield from (
        ("negative_usage", event(now, **{name: value}))
        for name, value in (
            ("input_tokens", -1),
            ("output_tokens", -5),
            ("cache_read_tokens", -1),
            ("web_searches", -2),
            ("gpu_seconds", -0.5),
        )
    )
    yield from (
        ("usage_parts_exceed_total", event(now, **parts))
        for parts in (
            {"cache_read_tokens": 101},
            {"output_reasoning_tokens": 11},
            {"cache_read_tokens": 60, "cache_write_tokens": 60},
            {"cache_write_tokens": 10, "cache_write_5m_tokens": 6, "cache_write_1h_tokens": 6},
        )
    )
    yield "too_large", event(now, attributes={"a": "x" * MEBIBYTE})
    yield "too_large", b"x" * (MEBIBYTE + 1)
    yield "field_too_long", event(now, event_id="i" * 129)
    yield "field_too_long", event(now, event_id="ü" * 65)
    yield "duplicate_field", good[:-1] + b',"model":"gpt-4o"}'
    yield "duplicate_field", good[:-1] + b',"m\\u006fdel":"gpt-4o"}'
    yield "duplicate_field", good[:-1] + b',"attributes":{"a":"1","a":"1"}}'
    yield "too_many_attributes", event(now, attributes={f"a{n}": "x" for n in range(33)})
    yield "time_out_of_range", event(now, event_time=now - 31 * DAY_MS)
    yield "time_out_of_range", event(now, event_time=now + DAY_MS // 12)


def odd_but_good(now):
    """Events that are unusual and yet valid."""
    yield event(now, event_id="x" * 128)
    yield event(now, event_id="spelled", input_tokens=None)[:-1] + b',"input_tokens":1e2}'
    yield event(now, event_id="zeros", input_tokens=0, output_tokens=0)
    yield event(now, event_id="ünïcode-\u2028-\U0001f600", tenant="東京")
    yield event(now, event_id="escapes", feature='quo"te\\back\tslash')
    yield event(now, event_id="failed", input_tokens=None, output_tokens=None, status="error")
    yield event(now, event_id="cut", input_tokens=None, output_tokens=None, usage_state="partial")
    yield event(now, event_id="unknown-fields", colour="red", nested={"a": [1, {"b": None}]})
    yield event(now, event_id="null-fields")[:-1] + b',"feature":null,"cache_read_tokens":null}'
    yield event(now, event_id="32", attributes={f"a{n}": "x" for n in range(32)})
    yield event(now, event_id="past", event_time=now - 29 * DAY_MS)
    yield event(now, event_id="ahead", event_time=now + DAY_MS // 48)
    yield event(now, event_id="zone", event_time="2026-11-23T10:00:00.1234567+05:30")
    yield b" \n" + event(now, event_id="spaces") + b"\r\n "
    yield event(now, event_id="large", attributes={f"k{n}": "x" * 4000 for n in range(30)})
    yield event(now, event_id="x-cost", reported_cost_usd="0.0000000000005", latency_ms=1.2345)


def main(scenario):
    topic, lake = scenario.topic(partitions=2), scenario.lake()
    producer, generator = scenario.producer(), Generator(5)
    # The zone of one odd event names a day, so the records carry that day too.
    now = 1_795_428_000_000
    placed, tombstones, conflicts = {}, 0, 0

    def produce(value, partition, reason=None):
        def delivered(error, message):
            if error:
                raise harness.Failed(f"not sent: {error}")
            if reason:
                placed[message.partition(), message.offset()] = (reason, value)

        harness.send(
            producer, topic, value, KEY, partition, delivered, timestamp=now, headers=HEADERS
        )

    bad = list(bad_messages(now))
    odd = list(odd_but_good(now))
    for partition in (0, 1):
        for number in range(GOOD):
            fresh = generator.event(f"good-{partition}-{number}", now - number)
            produce(payload(fresh), partition)
            if number < len(bad):
                produce(bad[number][1], partition, bad[number][0])
            if number < len(odd):
                produce(odd[number], partition)
            if number % 100 == 50:
                produce(payload({**fresh, "model": "another"}), partition, "conflicting_duplicate")
                produce(None, partition)
                produce(b"", partition)
                conflicts, tombstones = conflicts + 1, tombstones + 2
    harness.flush(producer)
    scenario.run_until_end(topic, lake)
    expectation = scenario.expect(topic)
    found = {(partition, offset): reason for partition, offset, reason in expectation.rejects}
    intended = {place: reason for place, (reason, _) in placed.items()}
    print(f"rejects by reason: {dict(Counter(intended.values()))}")
    scenario.check(len(set(intended.values())) == 14, "each of the 14 reasons is met")
    for place in sorted(set(found) | set(intended)):
        if found.get(place) != intended.get(place):
            scenario.check(
                False, f"oracle: {place} is {found.get(place)}, meant as {intended.get(place)}"
            )
    tally = sum(one.tombstones for one in expectation.partitions.values())
    scenario.check(tally == tombstones, f"{tombstones} empty messages are tombstones")
    scenario.check(len(expectation.events) == 2 * (GOOD + len(odd)), "good ones are untouched")
    scenario.check_lake(lake, [expectation])
    check_evidence(scenario, lake, placed)


def check_evidence(scenario, lake, placed):
    """What is kept of each reject: the first 64 KiB, length and hash of all of it, key, headers."""
    rows = (
        lakes.connect()
        .execute(
            "SELECT kafka_partition, kafka_offset, raw, raw_bytes, raw_sha256, kafka_key, "
            "kafka_headers['trace'], kafka_topic, detail, reason, epoch_ms(kafka_time) "
            f"FROM {lakes.scan(lake, 'rejects')}"
        )
        .fetchall()
    )
    wrong = []
    for partition, offset, raw, size, digest, key, trace, _, detail, reason, _ in rows:
        value = placed[partition, offset][1]
        as_sent = (
            raw == value[: 64 * 1024]
            and size == len(value)
            and digest == hashlib.sha256(value).hexdigest()
            and key == KEY
            and trace in ("abc", ["abc"])
            and detail
            and len(detail.encode()) < 600
        )
        if not as_sent:
            wrong.append((partition, offset, reason, detail))
    scenario.check(
        not wrong, f"each reject keeps its bytes, hash, key and headers {wrong[:3] or ''}"
    )


if __name__ == "__main__":
    harness.run(main)
