// SPDX-License-Identifier: Apache-2.0
// The quiet box (urn:parley:quiet:0, docs/quiet.md): who waits in it, what he has sent, and what becomes of him.
import type { Stranger, StrangerWord } from "../../shared/people.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import { type El, bare, h, number, time } from "../xml/el.ts";
import { page } from "../xml/form.ts";
import { parseMessage } from "../xml/message.ts";
import { NS } from "../xml/ns.ts";

const LISTED = 100; // strangers; docs/quiet.md
const WORDS = 50; // messages of one that are shown
const WORD_MAX = 2000; // UTF-16 units of each

const stranger = (el: El): Stranger => ({
  jid: el.attrs.jid ?? "", last: time(el.attrs.last) ?? 0, asks: el.attrs.request === "true", messages: number(el.attrs.messages) ?? 0, lost: number(el.attrs.lost) ?? 0,
});

function word(forwarded: El): StrangerWord | undefined {
  const at = time(forwarded.getChild("delay", NS.delay)?.attrs.stamp) ?? 0;
  const [message, request] = [forwarded.getChild("message"), forwarded.getChild("presence")];
  if (request) return { time: at, text: (request.getChildText("status") ?? "").slice(0, WORD_MAX), files: 0, asks: true };
  if (!message) return undefined;
  const parsed = parseMessage(message);
  return { time: at, text: (parsed.text ?? "").slice(0, WORD_MAX), files: parsed.files.length, asks: false };
}

export const quiet: FeatureMaker = (context): Feature => {
  const { stream, choices } = context;
  let waiting = 0;

  const tell = (): void => context.tell("waiting", waiting);
  const ask = (type: "get" | "set", payload: El): Promise<El> => stream.request(h("iq", { type }, payload));
  const box = (max: number): Promise<El | undefined> => ask("get", h("box", { xmlns: NS.quiet }, page({ max }))).then((answer) => answer.getChild("box", NS.quiet));

  async function begin(): Promise<void> {
    await ask("set", h("enable", { xmlns: NS.quiet }));
    waiting = number((await box(1))?.getChild("set", NS.rsm)?.getChildText("count")) ?? 0;
    tell();
  }

  choices.serve<boolean>(NS.quiet, (_key, on) => ask("set", h("settings", { xmlns: NS.quiet, on: String(on) })), () => undefined); // who looks asks

  return {
    onListen: tell,
    onOnline(resumed) {
      if (!resumed) void begin().catch(() => undefined); // a server without it
    },
    onStanza(el) {
      const news = el.name === "message" && el.attrs.type === "headline" ? el.getChild("box", NS.quiet) : undefined;
      if (!news) return undefined;
      if (el.attrs.from && bare(el.attrs.from) !== context.jid) return true; // nobody else knows
      waiting = number(news.attrs.waiting) ?? waiting;
      tell();
      return true;
    },
    methods: {
      strangers: async () => ((await box(LISTED))?.getChildren("sender") ?? []).map(stranger).filter((one) => one.jid),
      async strangerWords(jid) {
        const answer = await ask("get", h("box", { xmlns: NS.quiet, jid }));
        return (answer.getChild("box", NS.quiet)?.getChildren("forwarded", NS.forward) ?? []).slice(0, WORDS).flatMap((one) => word(one) ?? []);
      },
      letIn: async (jid) => void (await ask("set", h("accept", { xmlns: NS.quiet, jid }))),
      async turnAway(jid, how) {
        const reason = how === "spam" ? "urn:xmpp:reporting:spam" : how === "abuse" ? "urn:xmpp:reporting:abuse" : undefined;
        await ask("set", h("refuse", { xmlns: NS.quiet, jid, block: how ? "true" : undefined }, reason && h("report", { xmlns: NS.reporting, reason })));
      },
      quietBox: async () => choices.get<boolean>(NS.quiet, "") ?? (await ask("get", h("settings", { xmlns: NS.quiet }))).getChild("settings", NS.quiet)?.attrs.on === "true",
      setQuietBox: (on) => choices.put(NS.quiet, "", on),
    },
  };
};
