"""Files straight into the lake: plain and packed, twice, grown, and killed in between."""

import gzip
import time

import harness
import pyarrow as pa
from generate import Generator, payload

from oracle import events
from oracle.delta_log import read_table

LINES = 12_000
TIME_MS = 1_795_428_000_000


def lines(seed, count, prefix):
    """Lines of a file: events, some again, a few bad ones and empty ones."""
    generator = Generator(seed)
    made = []
    for number in range(count):
        made.append(payload(generator.event(f"{prefix}-{number}", TIME_MS + number * 250)))
        if number % 50 == 7:
            made.append(made[generator.random.randrange(len(made))])
        if number % 400 == 9:
            made += [b"", b'{"event_id":"cut', payload({"event_id": f"{prefix}-bare-{number}"})]
    return made


def zstd(data):
    """Data packed by Zstandard."""
    return pa.Codec("zstd").compress(data, asbytes=True)


def main(scenario):
    folder = scenario.folder
    plain = b"\n".join(lines(1, LINES, "plain"))
    windows_ends = b"\r\n".join(lines(2, LINES // 4, "gzip")) + b"\r\n"
    packed = b"\n".join(lines(3, LINES // 4, "zstd")) + b"\n"
    files = {
        "plain.ndjson": plain + b"\n",
        "ends.ndjson.gz": windows_ends,
        "packed.ndjson.zst": packed,
    }
    packers = {".gz": gzip.compress, ".zst": zstd}
    paths = []
    for name, data in files.items():
        paths.append(folder / name)
        paths[-1].write_bytes(packers.get(paths[-1].suffix, bytes)(data))
    lake = scenario.lake()

    def expectations():
        return [events.expect_file(name, data) for name, data in files.items()]

    killed = scenario.spawn("backfill", *paths, "--lake", lake, label="killed")
    time.sleep(0.5)
    killed.kill()
    begun = time.monotonic()
    print(scenario.call("backfill", *paths, "--lake", lake).strip())
    print(f"backfilled after a kill in {time.monotonic() - begun:.1f} s")
    scenario.check_lake(lake, expectations(), "backfilled")
    version = read_table(lake, "events").version
    print(scenario.call("backfill", *reversed(paths), "--lake", lake).strip())
    scenario.check_lake(lake, expectations(), "backfilled twice")
    added = read_table(lake, "events").version - version
    scenario.check(added == 0, f"the second time commits nothing to events ({added} commits)")
    files["plain.ndjson"] += b"\n".join(lines(4, 500, "grown"))
    paths[0].write_bytes(files["plain.ndjson"])
    print(scenario.call("backfill", paths[0], "--lake", lake).strip())
    scenario.check_lake(lake, expectations(), "grown")


if __name__ == "__main__":
    harness.run(main)
