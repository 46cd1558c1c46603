"""Events priced again while workers write and all are killed: one book in the span, exact sums.

reprice_under_fire.py            24 rounds
ROUNDS=200 SEED=3 reprice_under_fire.py
STORE=s3 reprice_under_fire.py   on the S3 server
"""

import hashlib
import json
import os
import random
import time
from collections import Counter
from decimal import Decimal

import generate
import harness
import trouble

from oracle import lake as duck
from oracle.delta_log import read_table
from oracle.prices import Oracle

ROUNDS = int(os.environ.get("ROUNDS", "24"))
SEED = int(os.environ.get("SEED", "1"))
RATE = int(os.environ.get("RATE", "1200"))
STORE = os.environ.get("STORE", "file")
EPOCH_MS = 400
# A killed reprice has run for at most so long; one that is not killed takes about as long.
REPRICE_S_MAX = 0.5
# How long the span is in which events are priced again; events before and behind it keep theirs.
BEFORE_S, SPAN_S = 3, 9
DEARER_PROVIDERS = ("openai", "anthropic", "mistral")


def new_facts(path):
    """Price facts that know the unknown models, with input tokens of some providers half dearer."""
    facts = generate.price_facts()
    for provider, model in generate.UNKNOWN_MODELS:
        entry = {
            "model": model,
            "match": {"equals": model},
            "prices": [{"rates": {"input_mtok": "0.7", "output_mtok": "2.1"}}],
        }
        known = [one for one in facts["providers"] if one["provider"] == provider]
        if known:
            known[0]["models"].append(entry)
        else:
            pattern = f"https://{provider}\\.example"
            facts["providers"].append(
                {"provider": provider, "api_pattern": pattern, "source_urls": [], "models": [entry]}
            )
    for provider in facts["providers"]:
        if provider["provider"] in DEARER_PROVIDERS:
            for model in provider["models"]:
                for price in model["prices"]:
                    rate = price["rates"].get("input_mtok")
                    if isinstance(rate, str):
                        price["rates"]["input_mtok"] = str(Decimal(rate) * Decimal("1.5"))
    path.write_text(json.dumps(facts))


def book_id(path):
    """What the column `price_book` says of a book: the start of its hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def instant(time_ms):
    """An instant as the command line takes it."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ms // 1000))
    return f"{whole}.{time_ms % 1000:03}Z"


def reprices(lake):
    """How many reprices `events` and `cost_windows` have."""
    names = ("events", "cost_windows")
    return tuple(read_table(lake, name).txns.get(f"reprice/{name}", 0) for name in names)


class Fire:
    """Workers and reprices that are started and killed."""

    def __init__(self, scenario, topic, lake, span, book):
        self.scenario = scenario
        self.draw = random.Random(SEED)
        self.topic, self.lake, self.span, self.book = topic, lake, span, book
        self.config = trouble.group_config(scenario)
        self.workers = [self.worker(0), self.worker(1)]
        self.kinds = Counter()

    def worker(self, number):
        """Starts a worker that merges as soon as it can."""
        return self.scenario.run_worker(
            self.topic,
            self.lake,
            *("--config", self.config),
            label=f"worker-{number}",
            worker__epoch_max_ms=EPOCH_MS,
            maintenance__interval_s=3,
            maintenance__files_min=3,
        )

    def reprice(self, with_book):
        """Starts a reprice of the span by the new book, or back by the built-in one."""
        book = ("--book", self.book) if with_book else ()
        where = ("--lake", self.lake, "--wait", "20")
        return self.scenario.spawn("reprice", *self.span, *book, *where, label="reprice")

    def round(self, number):
        """One reprice that is killed or not, and perhaps a worker beside it."""
        process = self.reprice(with_book=number % 2 == 0)
        lot = self.draw.random()
        killed = False
        if lot < (0.3 if STORE == "file" else 0.8):
            time.sleep(self.draw.uniform(0, REPRICE_S_MAX))
            killed = self.end(process, "at random")
        elif lot < 0.8:
            # The manifest is put right before the two commits.
            self.await_manifest(process)
            time.sleep(self.draw.choice((0, 0, 0.0005, 0.001, 0.002)))
            killed = self.end(process, "at its commits")
        if self.draw.random() < 0.5:
            victim = self.draw.randrange(2)
            self.workers[victim].kill()
            self.kinds[f"worker {victim}"] += 1
            self.workers[victim] = self.worker(victim)
        if not killed:
            code = process.wait(60)
            if code != 0:
                raise harness.Failed(f"exit code {code}: {process.summary()}")
            self.kinds["reprice that ended"] += 1

    def end(self, process, when):
        """Kills a reprice; whether it was still at work."""
        if not process.alive():
            return False
        process.kill()
        self.kinds[f"reprice {when}"] += 1
        events, windows = reprices(self.lake)
        self.kinds["half-done when looked at"] += events > windows
        return True

    def await_manifest(self, process):
        """Waits until a reprice has put its manifest, or has ended."""
        folder = self.scenario.folder / "lake" / "reprices"
        known = len(list(folder.glob("*"))) if folder.exists() else 0
        while process.alive() and (not folder.exists() or len(list(folder.glob("*"))) <= known):
            time.sleep(0.0005)


def check_books(scenario, lake, from_us, to_us, old, new):
    """Every event of the span names the new book, every other one the old."""
    query = (
        f"SELECT epoch_us(event_time) >= {from_us} AND epoch_us(event_time) < {to_us} AS within, "
        f"price_book, count(*) FROM {duck.scan(lake, 'events')} GROUP BY ALL ORDER BY ALL"
    )
    found = duck.connect().execute(query).fetchall()
    print(f"books outside and within the span: {found}")
    scenario.check(
        [row[:2] for row in found] == [(False, old), (True, new)],
        "one book priced the span, another all the rest",
    )


def check_explained(scenario, lake, repriced_by):
    """A repriced event is explained by the book that the lake kept, not by the program's own."""
    query = (
        f"SELECT event_id FROM {duck.scan(lake, 'events')} "
        f"WHERE price_book = '{repriced_by}' AND cost_usd > 0 LIMIT 1"
    )
    event_id = duck.connect().execute(query).fetchone()[0]
    explained = json.loads(
        scenario.call("prices", "explain", event_id, "--lake", lake, "--format", "json")
    )
    scenario.check(
        (explained["verdict"], explained["price_book"]) == ("equal", repriced_by),
        "an event that was priced again is explained by the book that the lake kept",
    )


def main(scenario):
    topic, lake = scenario.topic(partitions=4), scenario.lake(STORE)
    book = scenario.folder / "new-prices.json"
    new_facts(book)
    begun_ms = harness.now_ms()
    from_ms = begun_ms + BEFORE_S * 1000
    to_ms = from_ms + SPAN_S * 1000
    span = ("--from", instant(from_ms), "--to", instant(to_ms))
    seconds = BEFORE_S + SPAN_S + ROUNDS
    print(f"seed {SEED}: {ROUNDS} rounds at {RATE} messages a second for {seconds:.0f} s")
    # Models that no book knows are among its events.
    load = trouble.start_load(scenario, topic, RATE, seconds, "--seed", SEED)
    fire = Fire(scenario, topic, lake, span, book)
    time.sleep(BEFORE_S + 2)
    for number in range(ROUNDS):
        fire.round(number)
    trouble.finish_load(load, 120)
    for worker in fire.workers:
        worker.kill()
    under_fire = reprices(lake)
    print(f"under fire: {dict(fire.kinds)}; reprices in events and cost_windows: {under_fire}")
    scenario.check(under_fire[0] > 2, "reprices were committed under fire")
    scenario.run_until_end(topic, lake, label="worker-last")
    dry = scenario.call("reprice", *span, "--book", book, "--lake", lake, "--dry-run")
    last = scenario.call("reprice", *span, "--book", book, "--lake", lake)
    again = scenario.call("reprice", *span, "--book", book, "--lake", lake)
    print("\n".join(last.splitlines()[:5]))
    told = dry.splitlines()[1:] == last.splitlines()[1:]
    scenario.check(told, "the dry run told what was then done")
    scenario.check(again.startswith("unchanged"), "a second run changes nothing")
    stored = reprices(lake)
    scenario.check(stored[0] == stored[1], f"both tables have all {stored[0]} reprices")
    expectation = scenario.expect(topic)
    repriced = expectation.reprice(from_ms * 1000, to_ms * 1000, Oracle(book))
    scenario.check(repriced > 1000, f"{repriced} events lie in the span")
    scenario.check_lake(lake, [expectation])
    built_in = book_id(generate.FACTS)
    check_books(scenario, lake, from_ms * 1000, to_ms * 1000, built_in, book_id(book))
    check_explained(scenario, lake, book_id(book))


if __name__ == "__main__":
    harness.run(main)
