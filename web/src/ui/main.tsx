// SPDX-License-Identifier: Apache-2.0
// Entry of the page.
import "./styles/index.css";
import { render } from "preact";
import { App } from "./app/App.tsx";
import { restOfWords } from "../i18n/index.ts";
import { watchKeyboard } from "./app/keyboard.ts";
import { core } from "./core.ts";
import { recallWidths } from "./kit/SplitHandle.tsx";
import { startLook } from "./look.ts";
import { onLinkClick } from "./router.ts";
import { start } from "./state.ts";

const root = document.getElementById("root") as HTMLElement;

addEventListener("click", onLinkClick);
const look = (): void => void core.attention(document.visibilityState === "visible");
addEventListener("visibilitychange", look);
addEventListener("online", look);

watchKeyboard();
recallWidths(["--list-w", "--pane-w"]);
void startLook().then(() => {
  render(<App />, root);
  void start().catch((why: unknown) => console.warn("start:", why)).finally(() => {
    // Behind what somebody waits for.
    const later = globalThis.requestIdleCallback ?? setTimeout;
    later(() => void restOfWords().catch(() => undefined)); // comes with the next view, else
    if (import.meta.env.PROD) later(() => void import("./app/Renewal.tsx").then((one) => one.watchBuilds(), () => undefined));
  });
});
