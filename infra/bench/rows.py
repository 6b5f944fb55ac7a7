"""The bench's databases of ours, and statements about the rows of messages in them."""

DATABASE = "bench"
KEYSTORE = "bench_keystore"
CLEAR = """TRUNCATE messaging_message, streams_event; UPDATE streams_stream SET head = 0;
VACUUM ANALYZE streams_stream; CHECKPOINT"""
# A head says how many events the stream has: fewer rows are a hole, more are doubles.
HOLES = """SELECT count(*) FROM streams_stream s
LEFT JOIN (SELECT stream_id, count(*) n, max(seq) m FROM streams_event GROUP BY 1) e ON e.stream_id = s.id
WHERE s.head <> coalesce(e.n, 0) OR s.head <> coalesce(e.m, 0)"""
