// SPDX-License-Identifier: Apache-2.0
// A page with every part of the kit, for the tests and for looking at it.
import { signal } from "@preact/signals";
import { render } from "preact";
import { useState } from "preact/hooks";
import * as kit from "../../../src/ui/kit/index.ts";
import * as look from "../../../src/ui/look.ts";
import { Preview, Text } from "../../../src/ui/text/index.ts";
import "../../../src/ui/styles/index.css";
import "../../../src/ui/styles/views-profile.css";

const said = signal("");
const say = (what: string) => () => (said.value = what);

const PEOPLE = ["Ines", "Oskar", "Priya", "Kofi", "王小明", "مريم", "Rosa", "Sven", "Tomasz", "Ұлжан"].map((name, n) => ({ name, jid: `p${n}@tideline.example` }));
const STATES = ["available", "away", "busy", "offline"] as const;

const menu = (): kit.MenuOptions => ({
  label: "Kofi",
  items: [
    { heading: "Kofi" },
    { label: "View profile", icon: "person", run: say("profile") },
    { label: "Message", icon: "chat", keys: "Mod+Enter", run: say("message") },
    { label: "Make owner", icon: "star", disabled: true, run: say("owner") },
    { label: "Mute", icon: "mic-off", end: "1 hour", run: say("mute") },
    "line",
    { label: "Show joins", checked: true, run: say("joins") },
    { label: "Remove from the room", icon: "person-minus", danger: true, run: say("remove") },
  ],
});

const LONG = `*Strong*, _emphasis_, ~struck~ and \`code\`, see https://tideline.example/a_(b) and https://аррӏе.com.
The second line of the paragraph.

> quoted *once*
>> quoted twice
\`\`\`ts
// winter: Holm moves ten minutes
export const season = { from: "2026-12-01", shift: 10 };
\`\`\`
@Mira, the end, ${"x".repeat(200)}
<img src=x onerror="document.title='broken'"> <script>document.title="broken"</script>
مرحبا بالعالم \u202Egnp.exe`;
const MIRA = LONG.indexOf("@Mira");

function Controls() {
  const [name, setName] = useState("Winter timetable");
  const [find, setFind] = useState("");
  const [kind, setKind] = useState<"lines" | "bubbles">("lines");
  const [on, setOn] = useState(true);
  const options = [{ value: "lines" as const, label: "Lines", help: "For rooms." }, { value: "bubbles" as const, label: "Bubbles", help: "For two." }];
  return (
    <section class="stack" aria-label="Controls">
      <div class="line wrap">
        <kit.Button kind="primary" onClick={say("primary")}>Send</kit.Button>
        <kit.Button icon="link" onClick={say("default")}>Copy the link</kit.Button>
        <kit.Button kind="quiet">Quiet</kit.Button>
        <kit.Button kind="link">Link</kit.Button>
        <kit.Button kind="danger">Delete</kit.Button>
        <kit.Button kind="danger-fill">Hang up</kit.Button>
        <kit.Button size="s">Small</kit.Button>
        <kit.Button size="l" kind="primary" busy onClick={say("busy")}>Busy</kit.Button>
        <kit.Button disabled>Disabled</kit.Button>
      </div>
      <div class="line wrap">
        <kit.IconButton icon="search" name="Search here" keys="Mod+F" onClick={say("search")} />
        <kit.IconButton icon="pin" name="2 pinned messages" count={2} />
        <kit.IconButton icon="people" name="14 members"><span>14</span></kit.IconButton>
        <kit.IconButton icon="reply" name="Reply" aria-pressed />
        <kit.MenuIconButton icon="more" name="More about Kofi" menu={menu} />
        <kit.MenuButton menu={menu}>Menu</kit.MenuButton>
        <kit.Button id="card" onClick={(event) => kit.openPopover(event.currentTarget, { label: "Profile of Ines", content: (close) => <div class="pop-acts"><kit.Button onClick={close}>Message</kit.Button></div> })}>Card</kit.Button>
        <kit.Button id="dialog" onClick={() => void kit.openDialog<string>((close) => <Settings close={close} />).then((said_) => say(`dialog ${said_}`)())}>Dialog</kit.Button>
        <kit.Button id="confirm" onClick={() => void kit.confirm({ title: "Delete this message?", text: "It goes for everybody. It cannot be brought back.", action: "Delete", danger: true }).then((yes) => say(`confirm ${yes}`)())}>Confirm</kit.Button>
        <kit.Button id="toast" onClick={() => kit.toastUndo("Message deleted", say("undone"), say("finished"))}>Toast</kit.Button>
        <kit.Button id="brief" onClick={() => kit.toast("Copied", { icon: "check", stay: 300 })}>Brief</kit.Button>
        <Press />
        <kit.Button id="announce" onClick={() => ["a", "b", "c", "d", "e"].forEach(kit.announce)}>Announce</kit.Button>
      </div>
      <div class="line wrap">
        <kit.Badge n={3} name="3 unread" />
        <kit.Badge n={12_345} you at name="12,345 mentions" />
        <kit.Tag>Guest</kit.Tag>
        <kit.Tag tint="accent" icon="lock">Encrypted</kit.Tag>
        <kit.Tag tint="positive">Online</kit.Tag>
        <kit.Tag tint="attention">Away</kit.Tag>
        <kit.Tag tint="danger">Banned</kit.Tag>
        <kit.Chip on={on} onToggle={() => setOn(!on)}>Has a file</kit.Chip>
        <kit.Chip onRemove={say("removed")} removeName="Remove from: Ines">from: Ines</kit.Chip>
        <kit.Kbd keys="Mod+Shift+K" />
      </div>
      <div class="line wrap">
        {PEOPLE.map((one, n) => <kit.Avatar key={one.jid} {...one} presence={STATES[n % 4]} />)}
        <kit.Avatar jid="room@muc.example" name="Winter" kind="room" />
        <kit.Avatar jid="ann@muc.example" name="News" kind="room" icon="megaphone" size={48} />
        <kit.Avatar jid="x@a" name="…" />
        <kit.Avatar jid="broken@a" name="Broken" picture="/nothing-here.png" />
        <kit.FaceStack people={PEOPLE} />
        {STATES.map((is) => <kit.Presence key={is} is={is} />)}
      </div>
      <kit.Field label="Name" value={name} onInput={setName} help="One line in the header." fault={name === "" ? "A room needs a name." : undefined} />
      <kit.SearchField name="Search" value={find} onInput={setFind} />
      <div class="line wrap">
        <kit.Select name="Layout" shown value={kind} options={options} onChange={setKind} />
        <kit.Segments name="Layout, again" value={kind} options={options} onChange={setKind} />
        <kit.Switch name="New members see the history" checked={on} onChange={setOn} />
        <kit.Check checked={on} onChange={setOn}>Also send to the room</kit.Check>
      </div>
      <kit.Radios name="Layout of messages" value={kind} options={options} onChange={setKind} />
      <Completion />
    </section>
  );
}

function Settings({ close }: { close: (result?: string) => void }) {
  const [tab, setTab] = useState<"one" | "two" | "three">("one");
  const tabs = [{ value: "one" as const, label: "Messages", count: 23 }, { value: "two" as const, label: "Files", count: 4 }, { value: "three" as const, label: "People" }];
  const ids = kit.tabIds("kinds", tab);
  return (
    <kit.Dialog title="Settings" class="small" onClose={() => close("closed")}>
      <div class="dialog-body">
        <kit.Tabs id="kinds" name="Kind of result" value={tab} tabs={tabs} onChange={setTab} />
        <div role="tabpanel" id={ids.panel} aria-labelledby={ids.tab} tabIndex={0}>{tab}</div>
        <kit.MenuButton menu={menu}>Menu in the dialog</kit.MenuButton>
        <kit.Button onClick={() => kit.toast("In the dialog", { action: "Undo", run: say("undone in the dialog") })}>Toast in the dialog</kit.Button>
      </div>
      <footer class="dialog-foot">
        <kit.Button onClick={() => close()}>Cancel</kit.Button>
        <kit.Button kind="primary" onClick={() => close("saved")}>Save</kit.Button>
      </footer>
    </kit.Dialog>
  );
}

let attempts = 0;
const LateKeys = kit.later<{ letters: boolean }>(() => (++attempts === 1 ? Promise.reject(new Error("no network")) : Promise.resolve(kit.KeyList)));

function Press() {
  const held = kit.useLongPress(say("held"));
  return (
    <button type="button" id="press" class="btn" {...held} onClick={say("pressed")}>
      Hold
    </button>
  );
}

function Completion() {
  const [query, setQuery] = useState("");
  const found = PEOPLE.filter((one) => one.name.toLowerCase().includes(query.toLowerCase()));
  const box = kit.useListbox({ count: found.length, query, onChoose: (place) => say(`chose ${found[place]?.name}`)() });
  return (
    <div>
      <kit.SearchField name="Find a person" value={query} onInput={setQuery} onKeyDown={box.onKeyDown} extra={box.field} />
      <ul class="palette" {...box.list} aria-label="People">
        {found.slice(0, 4).map((one, place) => <li key={one.jid} class="opt" {...box.option(place)}>{one.name}</li>)}
      </ul>
    </div>
  );
}

function Said() {
  return <output id="said">{said}</output>;
}

function Page() {
  kit.useHotkeys({ switcher: say("switcher"), read: say("read"), landmark: () => kit.nextLandmark(1), "landmark-back": () => kit.nextLandmark(-1), "letter-next": say("letter") });
  return (
    <div class="app" style={{ display: "block", blockSize: "auto", overflow: "visible" }}>
      <kit.SkipLink target="main" />
      <header data-f6="" class="line" style={{ padding: "1rem" }}>
        <h1>The kit</h1>
        <Said />
      </header>
      <main id="main" data-f6="" class="sheet" style={{ padding: "1.5rem", display: "grid", gap: "1.5rem", overflow: "visible", margin: "1rem" }}>
        <Controls />
        <kit.Notice icon="warning" tint="attention"><span>Your password is asked for again tomorrow.</span><kit.Button size="s">Change it</kit.Button></kit.Notice>
        <kit.Notice icon="alert" tint="danger"><span>The file is larger than 50 MB.</span></kit.Notice>
        <kit.Meter value={0.4} name="Space used" />
        <kit.Empty title="Nothing waits for you" actions={<kit.Button>Browse rooms</kit.Button>} art={<circle cx="60" cy="40" r="20" fill="var(--accent-soft)" />}>You have read everything.</kit.Empty>
        <article class="msg"><div class="msg-body" id="text"><Text text={LONG} mentions={[{ begin: MIRA, end: MIRA + 5, me: true }]} onMention={say("mention")} onLink={(href, event) => { event.preventDefault(); say(href)(); }} /></div></article>
        <article class="msg"><div class="msg-body" id="jumbo"><Text text="👍🏽 🎉" /></div></article>
        <div class="box"><div class="box-text" id="preview" tabIndex={0} role="textbox" aria-label="Preview" aria-readonly><Preview text={LONG} /></div></div>
        <LateKeys letters />
      </main>
      <aside class="pane" aria-label="Thread" data-f6="button" style={{ inlineSize: "var(--pane-w)", padding: "1rem", margin: "1rem", position: "relative", maxInlineSize: "calc(100% - 2rem)", boxShadow: "none" }}>
        <kit.SplitHandle property="--pane-w" name="Width of the pane" least={300} most={640} edge="start" />
        <kit.Button>In the pane</kit.Button>
      </aside>
      <kit.Toasts />
      <kit.Announcer />
    </div>
  );
}

kit.recallWidths(["--pane-w"]);
Object.assign(window, { look });
void look.startLook().then(() => render(<Page />, document.getElementById("root") as HTMLElement));
