// SPDX-License-Identifier: Apache-2.0
// Entry of the worker: a SharedWorker where there is one, else the worker of a tab, for its own page or for those of all tabs (its
// name is that of their channel).
import { Hub } from "./hub.ts";
import { Store } from "./store/db.ts";
import { WebSocketStream } from "./stream/websocket.ts";
import { takeTurn } from "./turn.ts";
import { infoElement } from "./xml/caps.ts";
import { domain, local } from "./xml/el.ts";
import { NS } from "./xml/ns.ts";
import type { Port } from "../shared/rpc.ts";

const scheme = location.protocol === "http:" ? "ws" : "wss";

/** "Chrome on Linux": what the list of devices shows. */
function device(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? "Firefox" : /Edg\//.test(agent) ? "Edge" : /Chrome/.test(agent) ? "Chrome" : /Safari/.test(agent) ? "Safari" : "Browser";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows" : /Mac/.test(agent) ? "macOS" : "Linux";
  return `${browser} on ${system}`;
}

const service = `${scheme}://${location.host}/xmpp-websocket`;
const hub = new Hub((row, credentials, events) => {
  const config = { service, domain: domain(row.jid), username: local(row.jid), agentId: row.agentId, device: device() };
  const stream = new WebSocketStream(config, credentials, events);
  stream.answer(NS.discoInfo, "query", () => infoElement());
  return stream;
}, {
  lookAt: async (token) => (await import("./stream/join.ts")).lookAt(token),
  register: async (domain, token, username, password) => (await import("./stream/join.ts")).register(service, domain, token, username, password),
}, new Store((why) => console.warn("store:", why)), takeTurn);

const scope = self as unknown as { onconnect?: (event: MessageEvent) => void; name: string } & Port;
if ("onconnect" in scope) scope.onconnect = ({ ports }) => ports[0] && hub.attach(ports[0]);
else if (scope.name) void import("./tabs.ts").then(({ lead }) => lead(scope.name, (port) => hub.attach(port)));
else hub.attach(scope);
