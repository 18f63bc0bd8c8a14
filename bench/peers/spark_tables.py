"""The tables of schemas/rsvp/ from a file of lines, in Spark: python spark_tables.py LINES OUT.

Prints Spark's version, then makes the tables once for each line on stdin and prints the seconds that took. The session
is there before the clock starts.
"""

import sys
import time

from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

lines, out = sys.argv[1], sys.argv[2]

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "6g")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.sql.parquet.compression.codec", "zstd")
    .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

schema = """
  log_offset BIGINT, received_at BIGINT,
  venue STRUCT<venue_id: BIGINT, venue_name: STRING, lat: DOUBLE, lon: DOUBLE>,
  visibility STRING, response STRING, guests BIGINT,
  member STRUCT<member_id: BIGINT, member_name: STRING, photo: STRING,
    other_services: MAP<STRING, STRUCT<identifier: STRING>>>,
  rsvp_id BIGINT, mtime BIGINT,
  event STRUCT<event_id: STRING, event_name: STRING, event_url: STRING, `time`: BIGINT>,
  `group` STRUCT<group_id: BIGINT, group_name: STRING, group_urlname: STRING, group_city: STRING, group_state: STRING,
    group_country: STRING, group_lat: DOUBLE, group_lon: DOUBLE,
    group_topics: ARRAY<STRUCT<urlkey: STRING, topic_name: STRING>>>
"""


def winners(rows, key, row, order):
    """The newest row of each key."""
    return rows.groupBy(key.alias("k")).agg(f.max_by(row, order).alias("w")).select("w.*")


def tables(path):
    parsed = spark.read.schema(schema).json(path).persist(StorageLevel.MEMORY_AND_DISK)
    newest = f.struct("mtime", "log_offset")
    member = winners(parsed, f.col("member.member_id"), f.col("member"), newest).persist()
    group = winners(parsed, f.col("group.group_id"), f.col("group"), newest).persist()
    with_topic = parsed.select("mtime", "log_offset", f.posexplode("group.group_topics").alias("place", "topic"))
    event = f.struct("event.*", f.col("group.group_id"), f.col("venue.venue_id"))
    rsvp = f.struct(
        "rsvp_id", "event.event_id", "member.member_id", "response", "guests", "visibility",
        f.timestamp_millis("mtime").alias("mtime"),
    )
    made = {
        "member": member.select("member_id", "member_name", "photo"),
        "member_service": member.select("member_id", f.explode("other_services").alias("service", "value")).select(
            "member_id", "service", f.col("value.identifier").alias("identifier")
        ),
        "groups": group.selectExpr(
            "group_id", "group_name", "group_urlname", "group_city AS city", "group_state AS state",
            "group_country AS country", "group_lat AS lat", "group_lon AS lon",
        ),
        "group_topic": group.select("group_id", f.explode("group_topics").alias("topic"))
        .select("group_id", f.col("topic.urlkey").alias("urlkey"))
        .distinct(),
        "topic": winners(with_topic, f.col("topic.urlkey"), f.col("topic"), f.struct("mtime", "log_offset", "place")),
        "venue": winners(parsed.where("venue IS NOT NULL"), f.col("venue.venue_id"), f.col("venue"), newest),
        "event": winners(parsed, f.col("event.event_id"), event, newest).select(
            "event_id", "event_name", "event_url", f.timestamp_millis("time").alias("event_time"), "group_id", "venue_id"
        ),
        "rsvp": winners(parsed, f.col("rsvp_id"), rsvp, newest),
        "rsvp_change": winners(
            parsed,
            f.struct("rsvp_id", "mtime"),
            f.struct("rsvp_id", f.timestamp_millis("mtime").alias("mtime"), "response", "guests"),
            f.col("log_offset"),
        ),
        "arrival": parsed.selectExpr(
            "0 AS log_partition", "log_offset", "timestamp_millis(received_at) AS received_at", "rsvp_id",
            "timestamp_millis(mtime) AS mtime", "response", "guests",
        ),
    }
    for name, rows in made.items():
        rows.write.mode("overwrite").parquet(f"{out}/{name}")
    for rows in (parsed, member, group):
        rows.unpersist()


print(spark.version, flush=True)
for _ in sys.stdin:
    started = time.monotonic()
    tables(lines)
    print(time.monotonic() - started, flush=True)
spark.stop()
