-- One statement for one send, as a careful team would write it: $1 conversation, $2 account, $3 client_id, $4 body, $5 tag.
WITH member AS MATERIALIZED (
  SELECT id FROM messaging_membership
  WHERE conversation_id = $1 AND account_id = $2 AND state = 'active' AND (muted_until IS NULL OR muted_until < now())
), earlier AS MATERIALIZED (
  SELECT seq FROM messaging_message WHERE membership_id = (SELECT id FROM member) AND client_id = $3
), head AS (
  UPDATE streams_stream SET head = head + 1, at = now()
  WHERE id = $1 AND EXISTS (TABLE member) AND NOT EXISTS (TABLE earlier) RETURNING head
), event AS (
  INSERT INTO streams_event (stream_id, seq, kind, number, at)
  SELECT $1, head, 'message.created', head, now() FROM head
), message AS (
  INSERT INTO messaging_message (conversation_id, seq, message_id, membership_id, client_id, body, version, tag, sent_at)
  SELECT $1, head.head, gen_random_uuid(), member.id, $3, $4, 1, $5, now() FROM head, member
)
SELECT head AS seq FROM head UNION ALL SELECT seq FROM earlier
