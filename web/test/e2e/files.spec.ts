// SPDX-License-Identifier: Apache-2.0
// Files: picked, pasted, dropped; brought over a network that goes away; shown; refused. The server has https on a port of its own,
// so that its links begin with another address than the page's.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { crc32, deflateSync } from "node:zlib";
import { type Person, Server, test as base, expect, fresh, messages, person, talkTo } from "./bed.ts";
import { Door } from "./door.ts";
import { raw } from "./raw.ts";

const freePort = (): Promise<number> => new Promise((resolve) => {
  const one = createServer().listen(0, "127.0.0.1", () => {
    const { port } = one.address() as AddressInfo;
    one.close(() => resolve(port));
  });
});

const test = base.extend<object, { server: Server }>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright wants the pattern
    async ({}, use) => {
      const server = new Server('files = { max_size = "8MiB"; };', `127.0.0.1:${await freePort()}`);
      await server.start();
      await use(server);
      await server.stop();
      server.remove();
      if (/AddressSanitizer|runtime error|LeakSanitizer/.test(server.output)) throw new Error(`the server has a fault:\n${server.output.slice(-6000)}`);
    },
    { scope: "worker" },
  ],
});

function chunk(name: string, data: Buffer): Buffer {
  const all = Buffer.alloc(12 + data.length);
  all.writeUInt32BE(data.length, 0);
  all.write(name, 4, "latin1");
  data.copy(all, 8);
  all.writeUInt32BE(crc32(all.subarray(4, 8 + data.length)), 8 + data.length);
  return all;
}

/** A picture of one colour that fades to another. */
function png(width: number, height: number, [r, g, b]: [number, number, number]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.from([0]), ...Array.from({ length: width }, (_, x) => Buffer.from([r, (g + (y * 120) / height) & 255, (b + (x * 120) / width) & 255]))]));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.concat(lines))), chunk("IEND", Buffer.alloc(0))]);
}

interface Given { name: string; mimeType: string; buffer: Buffer }
const picture = (name: string, width = 320, height = 200, colour: [number, number, number] = [40, 90, 120]): Given => ({ name, mimeType: "image/png", buffer: png(width, height, colour) });

const pick = (one: Person, ...files: Given[]): Promise<void> => one.page.locator("form.compose input[type=file]").setInputFiles(files);
const tray = (one: Person) => one.page.getByRole("list", { name: "Files to send" });
const send = (one: Person): Promise<void> => one.page.getByRole("button", { name: "Send" }).click();
const pictures = (one: Person) => one.page.locator("article.msg .photo img");
const isDrawn = (one: Person, n = 0): Promise<boolean> => pictures(one).nth(n).evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0);

/** Lets an event with files happen on an element: what a paste or a drop is to the page. */
async function give(one: Person, selector: string, kind: "paste" | "drop", { name, mimeType, buffer }: Given): Promise<void> {
  await one.page.locator(selector).evaluate((place, [kind, name, type, base64]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], name, { type }));
    if (kind === "paste") place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    else for (const type of ["dragenter", "dragover", "drop"]) place.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [kind, name, mimeType, buffer.toString("base64")] as const);
}

test("a picked picture has its box before it loads, and is shown to the other", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await pick(mira, picture("ramp.png"));
  await expect(tray(mira).getByText("ramp.png")).toBeVisible();
  await expect(tray(mira).locator("img")).toBeVisible();
  await mira.page.getByLabel("Caption of ramp.png").fill("The ramp at noon");
  await mira.page.locator("#composer").fill("Look at this");
  await send(mira);
  await expect(tray(mira)).toHaveCount(0);
  await talkTo(oskar, mira.jid);
  await expect(messages(oskar, "Look at this").locator(".file-caption")).toHaveText("The ramp at noon");
  await expect.poll(() => isDrawn(oskar)).toBe(true);
  const box = await oskar.page.locator("article.msg .photo").boundingBox();
  expect(Math.round((box?.width ?? 0) / (box?.height ?? 1) * 10)).toBe(16);
  await expect(messages(mira, "Look at this").locator(".progress")).toHaveCount(0);
  await expect(messages(oskar, "Look at this").locator(".words")).toHaveText("Look at this");
  await mira.page.reload();
  await expect.poll(() => isDrawn(mira)).toBe(true);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("files are pasted and dropped on the conversation; several pictures make a grid", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await give(mira, "#composer", "paste", picture("pasted.png", 200, 200));
  await expect(tray(mira).getByText("pasted.png")).toBeVisible();
  await give(mira, ".main .log", "drop", picture("dropped.png", 300, 200, [120, 60, 40]));
  await expect(tray(mira).getByText("dropped.png")).toBeVisible();
  await expect(mira.page.locator(".main")).not.toHaveAttribute("data-drop");
  await pick(mira, picture("third.png", 120, 240, [30, 120, 60]));
  await expect(tray(mira).getByRole("listitem")).toHaveCount(3);
  await mira.page.getByRole("button", { name: "Remove pasted.png" }).click();
  await expect(tray(mira).getByRole("listitem")).toHaveCount(2);
  await mira.page.locator("#composer").press("Enter");
  await talkTo(oskar, mira.jid);
  await expect(oskar.page.locator(".gallery .photo")).toHaveCount(2);
  await expect(oskar.page.locator("article.msg .words")).toHaveCount(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("an upload that is cut goes on where it was", async ({ browser, server }) => {
  const door = await new Door(server.url).listen();
  const through = Object.assign(Object.create(server) as Server, { url: door.url });
  const [mira, oskar] = [await person(browser, through, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  door.shutAfter("PATCH", 2_000_000);
  const buffer = Buffer.alloc(5_000_000, "a word that is said again and again. ");
  await pick(mira, { name: "minutes.bin", mimeType: "application/octet-stream", buffer });
  await send(mira);
  await expect(mira.page.locator(".progress")).toContainText("Waiting for the network");
  expect(door.isShut).toBe(true);
  door.open();
  await expect(mira.page.locator(".progress")).toHaveCount(0);
  await talkTo(oskar, mira.jid);
  await expect(oskar.page.locator(".attach-name")).toHaveText("minutes.bin");
  expect(door.offsets[0]).toBe(0);
  expect(door.offsets.at(-1)).toBeGreaterThan(0);
  const link = await oskar.page.locator(".attach a").getAttribute("href") ?? "";
  const got = await oskar.page.request.get(link);
  expect((await got.body()).equals(buffer)).toBe(true);
  door.close();
});

test("an upload that is held goes on after a reload of the page", async ({ browser, server }) => {
  const door = await new Door(server.url).listen();
  const through = Object.assign(Object.create(server) as Server, { url: door.url });
  const [mira, oskar] = [await person(browser, through, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  door.shutAfter("PATCH", 1_000_000);
  await pick(mira, { name: "minutes.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(4_000_000, "minutes ") });
  await mira.page.locator("#composer").fill("The minutes");
  await send(mira);
  await expect(mira.page.locator(".progress")).toContainText("Waiting for the network");
  await mira.page.getByRole("button", { name: "Pause" }).click();
  await expect(mira.page.locator(".progress")).toContainText("Paused");
  door.open();
  await mira.page.reload();
  await expect(mira.page.locator(".progress")).toContainText("Paused");
  await mira.page.getByRole("button", { name: "Go on" }).click();
  await expect(mira.page.locator(".progress")).toHaveCount(0);
  await talkTo(oskar, mira.jid);
  await expect(messages(oskar, "The minutes").locator(".attach-name")).toHaveText("minutes.bin");
  door.close();
});

test("what is too large or empty is refused before it leaves, and nothing typed is lost", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  await mira.page.locator("#composer").fill("My words");
  await pick(mira, { name: "huge.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(9_000_000, 7) }, { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) });
  await expect(tray(mira).getByText("This is larger than the server allows.")).toBeVisible();
  await expect(tray(mira).getByText("This file is empty.")).toBeVisible();
  await mira.page.locator("#composer").press("Enter");
  await expect(mira.page.locator("article.msg")).toHaveCount(0);
  await expect(mira.page.locator("#composer")).toHaveText("My words");
  await mira.page.getByRole("button", { name: "Remove huge.bin" }).click();
  await mira.page.getByRole("button", { name: "Remove empty.txt" }).click();
  await mira.page.locator("#composer").press("Enter");
  await expect(messages(mira, "My words")).toHaveCount(1);
  expect(mira.faults).toEqual([]);
});

test("the lightbox goes by keys, zooms, and gives the focus back", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  await pick(mira, picture("one.png", 640, 400), picture("two.png", 400, 640, [120, 40, 80]), picture("three.png", 500, 500, [40, 120, 40]));
  await expect(tray(mira).locator("img")).toHaveCount(3);
  await send(mira);
  await expect(mira.page.locator(".gallery .photo")).toHaveCount(3);
  await expect(mira.page.locator(".progress")).toHaveCount(0);
  await mira.page.getByRole("button", { name: "View one.png" }).focus();
  await mira.page.keyboard.press("Enter");
  const box = mira.page.getByRole("dialog", { name: "Pictures" });
  await expect(box.getByText("1 of 3")).toBeVisible();
  await mira.page.keyboard.press("ArrowRight");
  await expect(box.getByText("2 of 3")).toBeVisible();
  await expect(box.getByRole("img")).toHaveAttribute("alt", "two.png");
  await mira.page.keyboard.press("+");
  await expect(box.getByRole("img")).toHaveAttribute("data-zoom", "1.5");
  await mira.page.keyboard.press("0");
  await expect(box.getByRole("img")).toHaveAttribute("data-zoom", "1");
  await mira.page.keyboard.press("End");
  await expect(box.getByRole("button", { name: "Next picture" })).toHaveCount(0);
  await mira.page.keyboard.press("Escape");
  await expect(box).toHaveCount(0);
  await expect(mira.page.getByRole("button", { name: "View one.png" })).toBeFocused();
  expect(mira.faults).toEqual([]);
});

/** Pages of one red square each; OPENS runs when it is opened by a program that runs such things. */
function pdf(pages: number, opens = ""): Buffer {
  const draw = "1 0 0 rg 0 0 200 200 re f";
  const bodies = [
    `<< /Type /Catalog /Pages 2 0 R ${opens && `/OpenAction << /S /JavaScript /JS (${opens}) >>`} >>`,
    `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, () => "3 0 R").join(" ")}] >>`,
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << >> >>",
    `<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`,
  ];
  let text = "%PDF-1.4\n";
  const places = bodies.map((body, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const table = text.length;
  text += `xref\n0 ${bodies.length + 1}\n0000000000 65535 f \n${places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("")}trailer\n<< /Size ${bodies.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

test("the first page of a PDF is drawn in its box; what is none stays a card, and nothing in it runs", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await pick(mira, { name: "plan.pdf", mimeType: "application/pdf", buffer: pdf(3, "app.alert(1)") });
  await send(mira);
  await talkTo(oskar, mira.jid);
  const paper = oskar.page.locator(".paper");
  await expect(paper).toHaveAttribute("data-state", "shown", { timeout: 40_000 });
  await expect(paper).toContainText("3 pages");
  expect(await paper.locator("canvas").evaluate((canvas: HTMLCanvasElement) => [...(canvas.getContext("2d")?.getImageData(100, 100, 1, 1).data ?? [])])).toEqual([255, 0, 0, 255]);
  await expect(oskar.page.locator(".attach")).toHaveCount(1);
  await pick(mira, { name: "none.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 and then nothing") });
  await send(mira);
  await expect(paper.nth(1)).toHaveAttribute("data-state", "none", { timeout: 40_000 });
  await expect(oskar.page.locator(".attach")).toHaveCount(2);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("SVG and HTML stay cards, and names promise nothing", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  const script = "<script>document.title = 'taken'</script>";
  await pick(mira, { name: "a.svg", mimeType: "image/svg+xml", buffer: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`) },
    { name: "b.html", mimeType: "text/html", buffer: Buffer.from(script) },
    { name: "invoice\u202Egnp.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ") },
    { name: `<img src=x onerror=alert(1)>${"long".repeat(40)}.txt`, mimeType: "text/plain", buffer: Buffer.from("words") });
  await send(mira);
  await talkTo(oskar, mira.jid);
  await expect(oskar.page.locator(".attach")).toHaveCount(4);
  await expect(oskar.page.locator("article.msg .photo")).toHaveCount(0);
  const names = await oskar.page.locator(".attach-name").allTextContents();
  expect(names.some((one) => one.includes("\u202E"))).toBe(false);
  expect(names).toContain("invoicegnp.exe");
  expect(names.some((one) => one.startsWith("<img src=x"))).toBe(true);
  for (const link of await oskar.page.locator(".attach a").all()) {
    const answer = await oskar.page.request.get(await link.getAttribute("href") ?? "");
    expect(answer.headers()["content-disposition"]).toMatch(/^attachment/);
    expect(answer.headers()["content-type"]).not.toMatch(/svg|html/);
  }
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("files of other hosts are cards with the host's name, and nothing is fetched from there", async ({ browser, server }) => {
  const oskar = await person(browser, server, fresh("oskar"));
  const stranger = await raw(server, fresh("stranger"));
  await talkTo(oskar, stranger.jid);
  const asked: string[] = [];
  oskar.page.context().on("request", (request) => asked.push(request.url()));
  const url = "https://elsewhere.example/file/pic.png";
  stranger.send(`<message xmlns="jabber:client" to="${oskar.jid}" type="chat" id="f1"><body>${url}</body><file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0"><name>pic.png</name><media-type>image/png</media-type><size>12</size><width>999999999</width><height>1</height></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="${url}"/></sources></file-sharing><x xmlns="jabber:x:oob"><url>${url}</url></x></message>`);
  await expect(oskar.page.locator(".attach")).toContainText("on elsewhere.example");
  await expect(oskar.page.getByRole("link", { name: "Open pic.png on elsewhere.example" })).toHaveAttribute("rel", "noopener noreferrer");
  await expect(oskar.page.locator("article.msg .photo")).toHaveCount(0);
  expect(asked.filter((one) => one.includes("elsewhere"))).toEqual([]);
  expect(oskar.faults).toEqual([]);
  await stranger.stop();
});

test("a picture that is too large is made smaller, and says nothing of its camera", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  const noise = Buffer.concat([png(2400, 1200, [9, 9, 9]), Buffer.alloc(9_000_000)]);
  await pick(mira, { name: "wide.png", mimeType: "image/png", buffer: noise });
  await expect(tray(mira).getByText("This is larger than the server allows.")).toBeVisible();
  await mira.page.getByRole("button", { name: "Make it smaller" }).click();
  await expect(tray(mira).getByText("This is larger than the server allows.")).toHaveCount(0);
  await send(mira);
  await expect(mira.page.locator(".progress")).toHaveCount(0);
  await expect.poll(() => isDrawn(mira)).toBe(true);
  await mira.page.reload();
  await expect.poll(() => isDrawn(mira)).toBe(true);
  expect(await pictures(mira).first().evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(2048);
});

test("what the server refuses stays with a sentence and two ways on", async ({ browser }) => {
  const server = new Server('files = { quota = "1MiB"; };', `127.0.0.1:${await freePort()}`);
  await server.start();
  const mira = await person(browser, server, fresh("mira"));
  await talkTo(mira, mira.jid);
  await pick(mira, { name: "minutes.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1_500_000, 5) });
  await mira.page.locator("#composer").fill("The minutes");
  await send(mira);
  await expect(messages(mira, "The minutes").getByRole("alert")).toContainText("There is no room left for this.");
  await mira.page.getByRole("button", { name: "Try again" }).click();
  await expect(messages(mira, "The minutes").getByRole("alert")).toContainText("There is no room left for this.");
  await mira.page.getByRole("button", { name: "Discard" }).click();
  await expect(messages(mira, "The minutes")).toHaveCount(0);
  await mira.page.reload();
  await expect(mira.page.locator("#composer")).toBeVisible();
  await expect(messages(mira, "The minutes")).toHaveCount(0);
  await server.stop();
  server.remove();
});

test("a film has its box and plays in its place", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  const bytes = await mira.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let i = 0; i < 20; i++) {
      if (context) context.fillStyle = `rgb(${i * 12} 90 120)`;
      context?.fillRect(0, 0, 320, 180);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await pick(mira, { name: "ramp.webm", mimeType: "video/webm", buffer: Buffer.from(bytes) });
  await send(mira);
  await talkTo(oskar, mira.jid);
  const film = oskar.page.getByRole("group", { name: /^Film ramp.webm/ });
  await expect(film).toBeVisible();
  const box = await oskar.page.locator(".film-box").boundingBox();
  expect(Math.round((box?.width ?? 0) / (box?.height ?? 1) * 9)).toBe(16);
  await film.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => film.locator("video").evaluate((one: HTMLVideoElement) => one.currentTime)).toBeGreaterThan(0);
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});

test("the pane shows pictures, files and links of a conversation", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  const other = await person(browser, server, fresh("oskar"));
  await talkTo(mira, other.jid);
  await pick(mira, picture("ramp.png"));
  await expect(tray(mira).locator("img")).toBeVisible();
  await send(mira);
  await expect(mira.page.locator(".progress")).toHaveCount(0);
  await pick(mira, { name: "minutes.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
  await send(mira);
  await expect(messages(mira, "minutes.txt").getByText(/^(sent|delivered|read)$/)).toBeAttached(); // or the file, when it has gone up, comes behind the link
  await mira.page.locator("#composer").fill("See https://example.org/plan for it");
  await send(mira);
  await expect(messages(mira, "See https").getByText(/^(sent|delivered|read)$/)).toBeAttached();
  await mira.page.getByRole("button", { name: "Files of this conversation" }).click();
  const pane = mira.page.getByRole("complementary", { name: "Files" });
  await expect(pane.getByRole("button", { name: "View ramp.png" })).toBeVisible();
  await pane.getByRole("tab", { name: "Files" }).click();
  await expect(pane.getByText("minutes.txt")).toBeVisible();
  await expect(pane.getByText("ramp.png")).toHaveCount(0);
  await pane.getByRole("tab", { name: "Links" }).click();
  await expect(pane.getByRole("link", { name: "https://example.org/plan" })).toBeVisible();
  expect(mira.faults).toEqual([]);
});
