"""Compares what a lake holds with what the oracle expects, row by row, and lists differences."""

from oracle import frames
from oracle.events import COUNT_MEASURES, MEASURES, totals
from oracle.lake import scan

EXAMPLES_MAX = 3
POSITION = ("kafka_topic", "kafka_topic_id", "kafka_partition", "kafka_offset")


class Comparison:
    """Differences found so far, and the connection that finds them."""

    def __init__(self, connection, lake, versions=None):
        self.connection = connection
        self.lake = lake
        self.versions = versions or {}
        self.differences = []

    def differ(self, message):
        """Takes note of a difference."""
        self.differences.append(message)

    def rows(self, query):
        """All rows of a query."""
        return self.connection.execute(query).fetchall()

    def table(self, name):
        """The SQL that stands for a table of the lake."""
        return scan(self.lake, name, self.versions.get(name))

    def events(self, expectations):
        """Every expected event once, with every column as expected, and no other event."""
        expected = frames.event_table(expectations)
        self.connection.register("expected_events", expected)
        maps = ("other_usage", "attributes")
        columns = [
            f"coalesce(list_sort(map_entries({name})), []) AS {name}" if name in maps else name
            for name in frames.EVENT_TYPES
        ]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE actual_events AS "
            f"SELECT {', '.join(columns)}, date FROM {self.table('events')}"
        )
        self.unique("actual_events", "event", POSITION)
        self.unique_ids()
        self.match("event", "expected_events", "actual_events", POSITION, frames.EVENT_TYPES)
        strayed = self.rows(
            "SELECT count(*) FROM actual_events WHERE date IS DISTINCT FROM event_time::DATE"
        )[0][0]
        if strayed:
            self.differ(f"{strayed} events lie in another date than that of event_time")

    def unique_ids(self):
        """Within a partition no event id stands twice."""
        doubled = self.rows(
            "SELECT kafka_topic, kafka_topic_id, kafka_partition, event_id, count(*) "
            f"FROM actual_events GROUP BY ALL HAVING count(*) > 1 LIMIT {EXAMPLES_MAX}"
        )
        for row in doubled:
            self.differ(f"event id stored {row[-1]} times: {row[:-1]}")

    def rejects(self, expectations):
        """Every expected reject once with its reason, and no other."""
        self.connection.register("expected_rejects", frames.reject_table(expectations))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE actual_rejects AS SELECT {', '.join(POSITION)}, reason "
            f"FROM {self.table('rejects')}"
        )
        self.unique("actual_rejects", "reject", POSITION)
        self.match("reject", "expected_rejects", "actual_rejects", POSITION, ("reason",))

    def windows(self, expectations):
        """Every expected window with its sums once its parts are merged, and no other."""
        self.connection.register("expected_windows", frames.window_table(expectations))
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE actual_windows AS "
            + merged_windows(self.table("cost_windows"))
        )
        self.match("window", "expected_windows", "actual_windows", frames.WINDOW_KEYS, MEASURES)

    def windows_equal_events(self):
        """The lake's windows sum to the lake's own events, rollup by rollup, to the last place."""
        sums = ", ".join(
            f"sum({name})" for name in MEASURES if name not in ("latency_ms_sum", "latency_ms_max")
        )
        per_rollup = self.rows(
            f"SELECT rollup, {sums}, sum(latency_ms_sum), max(latency_ms_max) "
            f"FROM {self.table('cost_windows')} GROUP BY rollup ORDER BY rollup"
        )
        counts = {
            "calls": "count(*)",
            "error_calls": "count(*) FILTER (status = 'error')",
            "retry_calls": "count(*) FILTER (attempt > 1)",
            "unpriced_calls": "count(*) FILTER (price_status = 'unpriced')",
            "unmetered_calls": "count(*) FILTER (price_status = 'unmetered')",
            "estimated_calls": "count(*) FILTER (usage_state = 'estimated')",
            "latency_ms_sum": "sum(latency_ms)",
            "latency_ms_max": "max(latency_ms)",
        }
        whole = self.rows(
            f"SELECT {', '.join(counts.get(name, f'sum({name})') for name in MEASURES)} "
            f"FROM {self.table('events')}"
        )[0]
        for rollup, *sums_of_windows in per_rollup:
            for name, windows, events in zip(MEASURES, sums_of_windows, whole, strict=True):
                if windows != events:
                    self.differ(f"rollup {rollup}: {name} sums to {windows}, events to {events}")
        if whole[0] and len(per_rollup) != 3:
            self.differ(f"cost_windows has the rollups {[row[0] for row in per_rollup]}")

    def totals(self, expectations):
        """The sums of all events, in SQL over the lake and in the oracle; returns the oracle's."""
        expected = totals(event for one in expectations for event in one.events)
        names = [name for name in MEASURES if name.endswith(("_tokens", "_usd"))]
        actual = self.rows(
            f"SELECT {', '.join(f'sum({name})' for name in names)} FROM {self.table('events')}"
        )[0]
        for name, value in zip(names, actual, strict=True):
            if value != expected[name]:
                self.differ(f"events: sum of {name} is {value}, expected {expected[name]}")
        return expected

    def unique(self, table, what, key):
        """No two rows of a table share a key."""
        names = ", ".join(key)
        doubled = self.rows(
            f"SELECT {names}, count(*) FROM {table} GROUP BY ALL HAVING count(*) > 1"
        )
        if doubled:
            self.differ(f"{len(doubled)} {what}s stand more than once, such as {doubled[0]}")

    def match(self, what, expected, actual, key, columns):
        """Both tables have the same keys, and under each key the same values."""
        condition = " AND ".join(f"e.{name} IS NOT DISTINCT FROM a.{name}" for name in key)
        shown = ", ".join(f"{name}::VARCHAR" for name in key)
        for kind, one, other in (
            ("missing", f"{expected} e", f"{actual} a"),
            ("unexpected", f"{actual} a", f"{expected} e"),
        ):
            found = self.rows(
                f"SELECT {shown}, count(*) OVER () FROM {one} ANTI JOIN {other} ON {condition} "
                f"LIMIT {EXAMPLES_MAX}"
            )
            if found:
                self.differ(f"{found[0][-1]} {what}s are {kind}, such as {found[0][:-1]}")
        values = [name for name in columns if name not in key]
        counts = self.rows(
            "SELECT "
            + ", ".join(f"count(*) FILTER (e.{n} IS DISTINCT FROM a.{n})" for n in values)
            + f" FROM {expected} e JOIN {actual} a ON {condition}"
        )[0]
        for name, count in zip(values, counts, strict=True):
            if count:
                example = self.rows(
                    f"SELECT {', '.join(f'e.{one}::VARCHAR' for one in key)}, "
                    f"e.{name}::VARCHAR, a.{name}::VARCHAR "
                    f"FROM {expected} e JOIN {actual} a ON {condition} "
                    f"WHERE e.{name} IS DISTINCT FROM a.{name} LIMIT 1"
                )[0]
                self.differ(
                    f"{count} {what}s differ in {name}, such as {example[:-2]}: "
                    f"expected {example[-2]}, found {example[-1]}"
                )


def merged_windows(table):
    """The SQL that merges the additive parts of each window."""
    sums = []
    for name in MEASURES:
        if name == "latency_ms_max":
            sums.append(f"max({name}) AS {name}")
        elif name in COUNT_MEASURES or name.endswith("_tokens"):
            sums.append(f"sum({name})::BIGINT AS {name}")
        else:
            sums.append(f"sum({name}) AS {name}")
    keys = ", ".join(frames.WINDOW_KEYS)
    # A part that lies in the wrong date is left out, and so shows up as missing.
    return (
        f"SELECT {keys}, {', '.join(sums)} FROM {table} "
        f"WHERE date = window_start::DATE GROUP BY {keys}"
    )
