"""A topic that is deleted and made again: old offsets must not hide new events."""

import time

import harness
from generate import Generator, payload

from oracle.delta_log import read_table


def fill(scenario, topic, count, prefix):
    """Sends events and returns what the lake must hold of them."""
    generator, producer = Generator(len(prefix)), scenario.producer()
    for number in range(count):
        event = generator.event(f"{prefix}-{number}", harness.now_ms())
        harness.send(producer, topic, payload(event), event["user_id"])
    harness.flush(producer)
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
    ids = {life.topic_id for life in lives}
    named = {source[1] for source in read_table(lake, "events").offsets()}
    scenario.check(len(ids) == 3 and named == ids, f"three lives, three topic ids: {sorted(named)}")
    scenario.check_lake(lake, lives)


if __name__ == "__main__":
    harness.run(main)
