// SPDX-License-Identifier: Apache-2.0
// Entry of the page.
import "./styles/index.css";
import { render } from "preact";
import { speak } from "../i18n/index.ts";
import { App } from "./app/App.tsx";
import { core } from "./core.ts";
import { onLinkClick } from "./router.ts";
import { start } from "./state.ts";

const wishes = navigator.languages;
const root = document.getElementById("root") as HTMLElement;

addEventListener("click", onLinkClick);
const look = (): void => void core.attention(document.visibilityState === "visible");
addEventListener("visibilitychange", look);
addEventListener("online", look);

void speak(wishes.some((one) => one.startsWith("zh")) && !wishes[0]?.startsWith("en") ? "zh" : "en", wishes).then(() => {
  render(<App />, root);
  void start();
});
