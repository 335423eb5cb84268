// SPDX-License-Identifier: Apache-2.0
// Requests to nodes of one's own account (XEP-0060, 0163).
import { type El, h } from "./el.ts";
import { submit } from "./form.ts";
import { NS } from "./ns.ts";

/** Publishes an item that only my own devices may see, in a node that keeps as many as the server lets it (XEP-0223). */
export const publishPrivate = (node: string, id: string, payload: El): El =>
  h("iq", { type: "set" }, h("pubsub", { xmlns: NS.pubsub },
    h("publish", { node }, h("item", { id }, payload)),
    h("publish-options", {}, submit(NS.publishOptions, { "pubsub#persist_items": "true", "pubsub#access_model": "whitelist", "pubsub#max_items": "max", "pubsub#send_last_published_item": "never" }))));

/** Asks for one item of a node of one's own. */
export const getItem = (node: string, id: string): El =>
  h("iq", { type: "get" }, h("pubsub", { xmlns: NS.pubsub }, h("items", { node }, h("item", { id }))));

/** Its payload in the answer. */
export const payloadOf = (answer: El, id: string): El | undefined =>
  answer.getChild("pubsub", NS.pubsub)?.getChild("items")?.getChildren("item").find((one) => one.attrs.id === id)?.getChildElements()[0];

/** Takes an item out; who listens is told. */
export const retractItem = (node: string, id: string): El =>
  h("iq", { type: "set" }, h("pubsub", { xmlns: NS.pubsub }, h("retract", { node, notify: "true" }, h("item", { id }))));
