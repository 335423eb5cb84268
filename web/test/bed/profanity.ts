// SPDX-License-Identifier: Apache-2.0
// Profanity in a terminal of tmux (both are Debian packages): typed into, and read on its screen.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** What is missing on this machine, as a sentence; undefined when nothing is. */
export function missing(): string | undefined {
  const names = ["profanity", "tmux"].filter((name) => !has(name));
  return names.length > 0 ? `${names.join(" and ")} missing` : undefined;
}

export class Profanity {
  private readonly home = mkdtempSync(join(tmpdir(), "parley-profanity-"));
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    this.tmux("-f", "/dev/null", "new-session", "-d", "-x", "180", "-y", "50", "profanity");
  }

  private tmux(...words: string[]): string {
    const env = { HOME: this.home, PATH: process.env.PATH, LANG: "C.UTF-8", TERM: "screen", XDG_CONFIG_HOME: `${this.home}/config`, XDG_DATA_HOME: `${this.home}/data` };
    return execFileSync("tmux", ["-S", join(this.home, "tmux"), ...words], { env, encoding: "utf8", timeout: 20_000, stdio: ["ignore", "pipe", "ignore"] });
  }

  /** A line, and Enter. */
  type(text: string): void {
    this.tmux("send-keys", "-l", text);
    this.tmux("send-keys", "Enter");
  }

  /** What its screen shows. */
  screen(): string {
    return this.tmux("capture-pane", "-p", "-J");
  }

  close(): void {
    spawnSync("tmux", ["-S", join(this.home, "tmux"), "kill-server"]);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}
