"""Event times that name no instant, or one too far from the record's time."""

from datetime import datetime, timedelta, timezone

from corpus.case import DAY_MS, NOW_MS, message, rejects, spelled

NOW = datetime.fromtimestamp(NOW_MS / 1000, timezone.utc)
PAST, FUTURE = timedelta(days=30), timedelta(hours=1)
YEAR_1_MS = -62_135_596_800_000

NO_TIMES = (
    *(
        "",
        " ",
        "now",
        "yesterday",
        "1700000000",
        "1700000000000",
        "1.7e12",
        "null",
        "NaN",
        "0",
        "T",
        "Z",
    ),
    *("2026", "2026-11", "2026-11-23", "2026-11-23T", "2026-11-23T10", "2026-11-23T10:00"),
    *("2026-11-23T10:00Z", "2026-11-23T10:00:00", "2026-11-23T10:00:00.5", "2026-11-23 10:00:00"),
    *("20261123T100000Z", "2026-W48-1T10:00:00Z", "2026-327T10:00:00Z", "26-11-23T10:00:00Z"),
    *(
        "02026-11-23T10:00:00Z",
        "+2026-11-23T10:00:00Z",
        "-2026-11-23T10:00:00Z",
        "2026/11/23T10:00:00Z",
    ),
    *(
        "23-11-2026T10:00:00Z",
        "11/23/2026 10:00:00",
        "Mon, 23 Nov 2026 10:00:00 GMT",
        "2026-11-23T10:00:00 Z",
    ),
    *(
        "2026-00-23T10:00:00Z",
        "2026-13-23T10:00:00Z",
        "2026-11-00T10:00:00Z",
        "2026-11-31T10:00:00Z",
    ),
    *("2026-02-29T10:00:00Z", "1900-02-29T10:00:00Z", "2026-1-23T10:00:00Z", "2026-11-3T10:00:00Z"),
    *(
        "2026-11-23T24:00:00Z",
        "2026-11-23T25:00:00Z",
        "2026-11-23T10:60:00Z",
        "2026-11-23T10:00:61Z",
    ),
    *("2026-11-23T10:00:99Z", "2026-11-23T1:00:00Z", "2026-11-23T10:0:00Z", "2026-11-23T10:00:0Z"),
    *(
        "2026-11-23T-1:00:00Z",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T10:00:00.aZ",
        "2026-11-23T10:00:00,5Z",
    ),
    *(
        "2026-11-23T10:00:00..5Z",
        "2026-11-23T10:00:00.-5Z",
        "2026-11-23T10:00:00.5.5Z",
        "2026-11-23X10:00:00Z",
    ),
    *(
        "2026-11-23T10:00:00ZZ",
        "2026-11-23T10:00:00Y",
        "2026-11-23T10:00:00UTC",
        "2026-11-23T10:00:00Z[UTC]",
    ),
    *(
        "2026-11-23T10:00:00+05",
        "2026-11-23T10:00:00+0530",
        "2026-11-23T10:00:00+5:30",
        "2026-11-23T10:00:00+05:3",
    ),
    *("2026-11-23T10:00:00+05:60", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00-24:00"),
    *("2026-11-23T10:00:00+25:00", "2026-11-23T10:00:00+99:99", "2026-11-23T10:00:00+05:30:00"),
    *("2026-11-23T10:00:00 +05:30", "2026-11-23T10:00:00\u221205:30", "2026-11-23T10:00:00+05:30Z"),
    *(
        " 2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00Z ",
        "2026-11-23T10:00:00Z\n",
        "2026-11-23T10:00:00Z\0",
    ),
    *(
        "\ufeff2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00Z/2026-11-24T10:00:00Z",
        "P1D",
        "--11-23T10:00:00Z",
    ),
    *(
        "\u0662026-11-23T10:00:00Z",
        "2026-11-2\uff13T10:00:00Z",
        "2026-11-23T10:00:00\u00b5Z",
        "2026\u201011\u201023T10:00:00Z",
    ),
    *(
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T00:00:00Z",
        "10000-01-01T00:00:00Z",
    ),
    "2026-11-23T10:00:00." + "0" * 2_000,
    "2026-11-23T10:00:00" + "Z" * 2_000,
    "2" * 2_000,
)
# JSON numbers that are no instant in milliseconds.
NO_MILLISECONDS = (
    *(
        "0.5",
        f"{NOW_MS}.5",
        "1e-3",
        "-0.5",
        "1e400",
        "-1e400",
        "1e999999999999999999999",
        "9" * 10_000,
    ),
    *("-" + "9" * 10_000, str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**63) - 1), str(2**64)),
    *(str(YEAR_1_MS - 1), "253402207201000", "253402300800000", f"{NOW_MS}000", f"{NOW_MS}000000"),
    *("1." + "0" * 10_000 + "1", "1e-999999999999999999999"),
)


def bad_time():
    """Texts and numbers that name no instant of the years 1 to 9999."""
    for text in NO_TIMES:
        yield repr(text[:60]), message(event_time=text)
    for text in NO_MILLISECONDS:
        yield text[:40], spelled("event_time", text)


def out_of_range():
    """Instants more than 30 days before or an hour after the record's."""
    for what, time_ms in (
        ("a millisecond too early", NOW_MS - 30 * DAY_MS - 1),
        ("a millisecond too late", NOW_MS + DAY_MS // 24 + 1),
        ("a day too early", NOW_MS - 31 * DAY_MS),
        ("a day too late", NOW_MS + DAY_MS),
        ("a year too early", NOW_MS - 365 * DAY_MS),
        ("a century too late", NOW_MS + 36_525 * DAY_MS),
        ("the epoch", 0),
        ("before the epoch", -1),
        ("in seconds, not milliseconds", NOW_MS // 1000),
        ("the first instant", YEAR_1_MS),
        ("the last instant", 253_402_207_200_000),
        ("2^31 seconds", 2**31 * 1000),
        ("2^32", 2**32),
        ("2^53 - 1 microseconds", (2**53 - 1) // 1000),
    ):
        yield what, message(event_time=time_ms)
    for text in (
        "-0",
        "0.0",
        "0e5",
        "1e3",
        "-1e3",
        "1.5e12",
        "1795428000000e-3",
        "0." + "0" * 10_000,
    ):
        yield text[:40], spelled("event_time", text)
    early, late = NOW - PAST, NOW + FUTURE
    step = timedelta(microseconds=1)
    for what, instant in (("early", early - step), ("late", late + step)):
        yield f"a microsecond too {what}", message(event_time=instant.isoformat())
        for hours in (-23, -5, 1, 14, 23):
            there = instant.astimezone(timezone(timedelta(hours=hours, minutes=0)))
            yield f"a microsecond too {what} at {hours} h", message(event_time=there.isoformat())
    for text in ("0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z", "1969-12-31T23:59:59.999999Z"):
        yield text, message(event_time=text)
    for text in ("2016-12-31T23:59:60Z", "1970-01-01 00:00:00z", "2000-02-29t12:00:00+23:59"):
        yield text, message(event_time=text)


def cases():
    """All cases of this kind."""
    return [*rejects("bad_time", bad_time()), *rejects("time_out_of_range", out_of_range())]
