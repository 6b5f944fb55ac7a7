// socket.io as its guide says: rooms, the Redis adapter, and history in PostgreSQL (the same rows as ours) before the broadcast.
const crypto = require("crypto");
const fs = require("fs");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const Redis = require("ioredis");
const { Pool } = require("pg");

const [port, redis, host, pgPort, user, database, sqlFile] = process.argv.slice(2);
const text = fs.readFileSync(sqlFile, "utf8");
const pool = new Pool({ host, port: +pgPort, user, database, max: 8 });
const key = crypto.randomBytes(32);
const io = new Server({ transports: ["websocket"], perMessageDeflate: false, pingInterval: 600000, pingTimeout: 600000 });
io.adapter(createAdapter(new Redis(redis), new Redis(redis)));

function seal(body) {
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(body, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

io.use(async (socket, next) => {
  const hash = crypto.createHash("sha256").update(socket.handshake.auth.token).digest();
  const found = await pool.query("SELECT account_id FROM accounts_session WHERE token_hash = $1 AND revoked_at IS NULL", [hash]);
  if (!found.rows.length) return next(new Error("token"));
  socket.data.account = found.rows[0].account_id;
  next();
});

io.on("connection", (socket) => {
  socket.on("join", (conversation, done) => {
    socket.join(conversation);
    done("joined");
  });
  socket.on("send", async ({ conversation, cid, body }, done) => {
    const tag = crypto.createHmac("sha256", key).update(conversation + cid + body).digest();
    const saved = await pool.query({ name: "send", text, values: [conversation, socket.data.account, cid, seal(body), tag] });
    if (!saved.rows.length) return done({ error: "no" });
    const seq = +saved.rows[0].seq;
    done({ seq });
    io.to(conversation).emit("message", { conversation, seq, sender: socket.data.account, body });
  });
});
io.listen(+port);
