-- The rows of one accepted message, one commit each, always in conversation 0. What ours checks besides is left out.
WITH head AS (
  UPDATE streams_stream SET head = head + 1, at = now()
  WHERE id = md5('bench-conversation-0')::uuid RETURNING id, head
), event AS (
  INSERT INTO streams_event (stream_id, seq, kind, number, at)
  SELECT id, head, 'message.created', head, now() FROM head
)
INSERT INTO messaging_message (conversation_id, seq, message_id, membership_id, client_id, body, version, tag, sent_at)
SELECT id, head, gen_random_uuid(), md5('bench-membership-0-0')::uuid, gen_random_uuid(),
       decode(repeat('ab', 330), 'hex'), 1, decode(repeat('ab', 33), 'hex'), now()
FROM head;
