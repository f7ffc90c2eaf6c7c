// Both ends of Syarah Chat for the contract tests, with the vendor's own library,
// socket.io: a gateway that follows the vendor's page, and a client. One call per
// line on stdin, one answer per line on stdout, both JSON, as in ethora.cjs.
//
//   {"call": "listen", "arguments": [{"port": 0, "pingInterval": 25000}]}
//   {"call": "connect", "arguments": ["http://127.0.0.1:3005", {"query": {...}}]}
"use strict";

const http = require("node:http");
const readline = require("node:readline");
const { Server } = require("socket.io");
const { io } = require("socket.io-client");

// ---- The gateway: what the vendor's page says, and no more.

const users = {
  "550e8400-e29b-41d4-a716-446655440000": { name: "Jane Smith", token: "token-of-jane" },
  "550e8400-e29b-41d4-a716-446655440001": { name: "John Doe", token: "token-of-john" },
};

let chats = [];
let messages = [];
let seen = []; // events as [name, payload]
let left = []; // why sockets were closed
let web = null;
let gateway = null;

let client = null;
const heard = {}; // by event: the arguments of each, in order

const userOf = (token) => Object.keys(users).find((id) => users[id].token === token);
const room = (chat) => `chat ${chat.id}`;

function chatOf(one, other) {
  let chat = chats.find(({ members }) => members.includes(one) && members.includes(other));
  if (!chat) {
    chat = { id: 123 + chats.length, members: [one, other], creationTime: new Date().toISOString(), read: {} };
    chats.push(chat);
  }
  return chat;
}

// Each event gets the user of the token, of the payload or of the connection.
const events = {
  joinRoom(socket, user, { chatHeaderId, otherUserId }) {
    if (!otherUserId && !chatHeaderId) {
      throw new Error("Provide either chatHeaderId or otherUserId");
    }
    const chat = otherUserId ? users[otherUserId] && chatOf(user, otherUserId) : ownChat(user, chatHeaderId);
    if (!chat) {
      throw new Error("User not found");
    }
    socket.join(room(chat));
    const members = chat.members.map((userId) => ({ userId }));
    return { chatHeaderId: chat.id, joined: true, roomMembers: members, members, currentMember: { userId: user }, friendshipStatus: 1 };
  },

  leaveRoom(socket, user, { chatHeaderId }) {
    socket.leave(room(ownChat(user, chatHeaderId)));
  },

  createMessage(socket, user, { message, chatHeaderId, messageType, caption }) {
    const chat = ownChat(user, chatHeaderId);
    const id = 788 + messages.length;
    const chatMessage = { id, chatHeaderId, userId: user, message, messageType, caption, creationTime: new Date().toISOString() };
    messages.push(chatMessage);
    gateway.to(room(chat)).emit("message", { chatMessage });
  },

  updateMessage(socket, user, { id, message, chatHeaderId, caption }) {
    const chat = ownChat(user, chatHeaderId);
    const found = messages.find((each) => each.id === id && each.chatHeaderId === chatHeaderId);
    Object.assign(found, { message }, caption === undefined ? {} : { caption });
    gateway.to(room(chat)).emit("messageUpdated", found);
  },

  removeMessage(socket, user, { id, ids, chatHeaderId }) {
    const chat = ownChat(user, chatHeaderId);
    for (const gone of ids ?? [id]) {
      messages = messages.filter((each) => each.id !== gone);
      gateway.to(room(chat)).emit("messageDeleted", gone);
    }
  },

  readMessage(socket, user, { chatHeaderId }) {
    const chat = ownChat(user, chatHeaderId);
    chat.read[user] = messages.length;
    gateway.to(room(chat)).emit("messageHasBeenRead", chatHeaderId);
  },

  findAllMessages(socket, user, { chatHeaderId, skipCount = 0, maxResultCount = 10 }) {
    if (typeof chatHeaderId !== "string") {
      throw new Error("chatHeaderId must be a string");
    }
    const chat = ownChat(user, Number(chatHeaderId));
    const found = messages.filter((each) => each.chatHeaderId === chat.id).reverse();
    return found.slice(skipCount, skipCount + maxResultCount);
  },

  findAllChatHeaders(socket, user, { SkipCount = 0, MaxResultCount = 10 }) {
    const found = chats.filter(({ members }) => members.includes(user));
    return found.slice(SkipCount, SkipCount + MaxResultCount).map(({ id, creationTime }) => ({ id, creationTime }));
  },

  getMyFriendships(socket, user) {
    return Object.keys(users).filter((id) => id !== user).map((userId) => {
      const chat = chats.find(({ members }) => members.includes(user) && members.includes(userId));
      return { userId, name: users[userId].name, avatar: null, isOnline: false, chatHeaderId: chat?.id ?? null };
    });
  },

  getMyChats(socket, user) {
    return chats.filter(({ members }) => members.includes(user)).map((chat) => {
      const userId = chat.members.find((member) => member !== user);
      const last = messages.findLast((each) => each.chatHeaderId === chat.id);
      return {
        chatHeaderId: chat.id, userId, userName: users[userId].name, userAvatar: null,
        lastMessage: last?.message ?? null, lastMessageTime: last?.creationTime ?? null, creationTime: chat.creationTime,
        isOnline: false, unreadCount: messages.length - (chat.read[user] ?? 0), friendshipStatus: 1,
      };
    });
  },
};

function ownChat(user, id) {
  const chat = chats.find((each) => each.id === id);
  if (!chat?.members.includes(user)) {
    throw new Error("Chat header not found");
  }
  return chat;
}

function greet(socket, next) {
  const token = socket.handshake.auth.accessToken;
  if (!socket.handshake.query.userId) {
    return next(new Error("userId is required"));
  }
  if (token && !userOf(token)) {
    return next(Object.assign(new Error("Invalid token"), { data: { code: 401 } }));
  }
  next();
}

function serve(socket) {
  socket.on("disconnect", (reason) => left.push(reason));
  for (const [name, answer] of Object.entries(events)) {
    socket.on(name, (payload, acknowledge = () => {}) => {
      seen.push([name, payload]);
      try {
        const user = userOf(payload.accessToken ?? payload.AccessToken ?? socket.handshake.auth.accessToken);
        if (!user) {
          throw new Error("Unauthorized");
        }
        const result = answer(socket, user, payload);
        result === undefined ? acknowledge() : acknowledge(result);
      } catch (error) {
        if (!error.hang) {
          acknowledge({ error: error.message });
        }
      }
    });
  }
}

const operations = {
  // listen starts a gateway, on the same data as the one before.
  async listen({ port = 0, ...options } = {}) {
    web = http.createServer();
    gateway = new Server(web, options);
    gateway.use(greet);
    gateway.on("connection", serve);
    await new Promise((listening) => web.listen(port, "127.0.0.1", listening));
    return `http://127.0.0.1:${web.address().port}`;
  },

  // kill ends the gateway and cuts all connections.
  async kill() {
    for (const socket of gateway.sockets.sockets.values()) {
      socket.conn.transport.socket?.terminate();
    }
    await new Promise((closed) => gateway.close(closed));
  },

  // freeze hangs the whole process, which sends no pings meanwhile, right after
  // it has answered.
  freeze(milliseconds) {
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds), 20);
  },

  // hang leaves the next event with this name without an answer.
  hang(name) {
    const answer = events[name];
    events[name] = () => {
      events[name] = answer;
      throw Object.assign(new Error("hang"), { hang: true });
    };
  },

  seen: () => seen.splice(0),
  left: () => left.splice(0),
  rooms: () => [...gateway.sockets.adapter.rooms.keys()].filter((name) => name.startsWith("chat ")),
  sessions: () => [...gateway.sockets.sockets.keys()],

  // tell sends an event to all clients and waits for their acks.
  tell: (name, ...values) => gateway.timeout(5000).emitWithAck(name, ...values),

  // pester sends what our client is not made for.
  pester() {
    gateway.emit("binary", Buffer.from([1, 2, 3]), { nested: Buffer.from("x") });
    gateway.of("/other").emit("elsewhere");
    gateway.emit("odd", null, [], "\u2028", 1e300);
  },

  // The client.

  async connect(url, options) {
    client = io(url, { reconnection: false, forceNew: true, timeout: 10000, ...options });
    client.onAny((name, ...values) => (heard[name] ??= []).push(values));
    await new Promise((connected, failed) => {
      client.once("connect", connected);
      client.once("connect_error", (error) => failed(Object.assign(error, { response: { data: error.data } })));
    });
    return client.id;
  },

  // transport waits for an upgrade, should one be on its way.
  async transport(wanted) {
    for (let i = 0; i < 200 && client.io.engine.transport.name !== wanted; i++) {
      await new Promise((later) => setTimeout(later, 20));
    }
    return client.io.engine.transport.name;
  },

  emit: (name, payload) => void client.emit(name, payload),
  ask: (name, payload) => client.timeout(10000).emitWithAck(name, payload),

  // next waits for an event from the server and returns its arguments.
  async next(name) {
    for (let i = 0; i < 500 && !heard[name]?.length; i++) {
      await new Promise((later) => setTimeout(later, 20));
    }
    return heard[name]?.shift();
  },

  connected: () => client.connected,
  disconnect: () => void client.disconnect(),
};

// ---- The calls.

async function answer(line) {
  try {
    const { call, arguments: given } = JSON.parse(line);
    return { result: await operations[call](...given) };
  } catch (error) {
    return { error: { message: String(error.message).split("\n")[0], status: 0, body: error.response?.data } };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
  client?.disconnect();
  gateway?.close();
}

main();
