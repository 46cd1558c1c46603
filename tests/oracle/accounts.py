"""Compares the account that a lake's commits keep of each partition with the oracle's."""

from oracle.delta_log import read_table

TABLES = ("events", "cost_windows", "rejects")
WHATS = ("events", "rejects", "duplicates", "tombstones")


def read_logs(lake):
    """The state of all three tables by name."""
    return {name: read_table(lake, name) for name in TABLES}


def check_accounts(comparison, logs, expectations):
    """Offsets, counts and seeds of every partition of every expectation; returns report lines."""
    lines = []
    wanted = set()
    for expectation in expectations:
        for number, tally in sorted(expectation.partitions.items()):
            source = (expectation.topic, expectation.topic_id, number)
            wanted.add(source)
            lines.append(check_partition(comparison, logs, expectation, source, tally))
    for name, log in logs.items():
        for source in sorted(set(log.offsets()) - wanted):
            comparison.differ(f"{name}: a txn names {source}, which is not expected")
    return lines


def check_partition(comparison, logs, expectation, source, tally):
    """One partition: every table is at its end, and every offset is explained."""
    name = f"{source[0]}/{source[2]}"
    for table, log in logs.items():
        stored = log.offsets().get(source)
        # `rejects` is committed before `events`, and only in epochs that have rejects.
        lags = table == "rejects" and stored is not None and tally.start <= stored <= tally.next
        if stored != tally.next and not lags:
            comparison.differ(f"{name}: {table} stands at {stored}, expected {tally.next}")
    log = logs["events"]
    start = log.numbers("seed").get(source)
    if start != tally.start:
        comparison.differ(f"{name}: begun at {start}, expected {tally.start}")
    counts = log.counts().get(source, {})
    for what in WHATS:
        stored, expected = counts.get(what, 0), getattr(tally, what)
        if stored != expected:
            comparison.differ(f"{name}: counts {stored} {what}, expected {expected}")
    if expectation.counts_messages:
        accounted = sum(counts.values())
        span = log.offsets().get(source, 0) - (start or 0)
        if accounted != span:
            comparison.differ(f"{name}: {span} offsets, but its counts explain {accounted}")
    parts = " + ".join(f"{counts.get(what, 0)} {what}" for what in sorted(counts, key=order))
    return f"  {name}: {tally.start}..{tally.next} = {parts or 'nothing'}"


def order(what):
    """Places the counts in the order in which the account is told."""
    return WHATS.index(what) if what in WHATS else len(WHATS)
