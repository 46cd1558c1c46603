"""A topic that is deleted and made again: old offsets must not hide new events.

Twice while no worker runs, and once under a running worker and load, where the new topic soon has
more messages than the old one had: by its offsets alone it would seem to be the old one going on.
"""

import time

import harness
import trouble

from oracle.delta_log import read_table

RATE = 2_500


def fill(scenario, topic, count, prefix):
    """Sends events and returns what the lake must hold of them."""
    trouble.send_events(scenario, topic, prefix, count)
    return scenario.expect(topic)


def again(scenario, topic):
    """Deletes a topic and makes another of its name."""
    scenario.delete_topic(topic)
    # A broker forgets a name a little after it stops listing it.
    for _ in range(50):
        try:
            return scenario.topic(partitions=2)
        except Exception as error:
            if "already exists" not in str(error):
                raise
            time.sleep(0.2)
    raise harness.Failed("the topic could not be made again")


def replace_under_load(scenario, topic, lake, count):
    """Replaces the topic while a worker reads it; returns what the lake must hold of the new one."""
    config = trouble.group_config(scenario, **{"topic.metadata.refresh.interval.ms": 500})

    def start(label):
        return scenario.run_worker(
            topic, lake, "--config", config, label=label, worker__epoch_max_ms=300
        )

    worker = start("replaced")
    trouble.await_commits(worker, lake, trouble.version(lake))
    again(scenario, topic)
    load = trouble.start_load(scenario, topic, RATE, 3 * count / RATE)
    code = worker.wait(60)
    scenario.check(code == 1, f"the worker ends with exit code {code}")
    scenario.check(
        trouble.said(worker, "was deleted and made again", "start the worker again"),
        "it says why, and what to do",
    )
    follower = start("follower")
    trouble.await_commits(follower, lake, trouble.version(lake))
    sent = trouble.finish_load(load)
    scenario.check(follower.terminate() == 0, "SIGTERM ends the next worker with exit code 0")
    scenario.run_until_end(topic, lake, label="last")
    life = scenario.expect(topic)
    scenario.check(len(life.events) == sent["events"], "the new topic holds every event")
    outgrown = all(tally.next > count // 2 for tally in life.partitions.values())
    scenario.check(outgrown, "the new topic has outgrown the old one")
    return life


def main(scenario):
    lake = scenario.lake()
    topic = scenario.topic(partitions=2)
    lives = [fill(scenario, topic, 3_000, "first")]
    scenario.run_until_end(topic, lake, label="first")
    # Fewer events than before: by their offsets alone they would all seem to be read.
    again(scenario, topic)
    lives.append(fill(scenario, topic, 1_000, "second"))
    scenario.run_until_end(topic, lake, label="second")
    again(scenario, topic)
    lives.append(fill(scenario, topic, 5_000, "third life"))
    scenario.run_until_end(topic, lake, label="third")
    lives.append(replace_under_load(scenario, topic, lake, 5_000))
    ids = {life.topic_id for life in lives}
    named = {source[1] for source in read_table(lake, "events").offsets()}
    scenario.check(len(ids) == 4 and named == ids, f"four lives, four topic ids: {sorted(named)}")
    scenario.check_lake(lake, lives)


if __name__ == "__main__":
    harness.run(main)
