// Broadcasting with the `ws` package: what one member sends goes to all of the group.
const { WebSocketServer } = require("ws");

const groups = new Map();
const server = new WebSocketServer({ port: +process.argv[2], host: "127.0.0.1", perMessageDeflate: false, backlog: 4096 });

server.on("connection", (socket, request) => {
  const name = request.url;
  if (!groups.has(name)) groups.set(name, new Set());
  const members = groups.get(name);
  members.add(socket);
  socket.on("message", (data) => {
    for (const member of members) member.send(data, { binary: false });
  });
  socket.on("close", () => members.delete(socket));
});
