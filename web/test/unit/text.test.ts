// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { cleanFileName, cleanLine, cleanText } from "../../src/ui/text/clean.ts";
import { emojiOnly } from "../../src/ui/text/emoji.ts";
import { highlight } from "../../src/ui/text/highlight.ts";
import { isHonestHost } from "../../src/ui/text/hosts.ts";
import { findLinks } from "../../src/ui/text/links.ts";
import { type Block, DEPTH_MAX, NODES_MAX, parse, type ParseOptions, type Span } from "../../src/ui/text/parse.ts";
import { pieces } from "../../src/ui/text/pieces.ts";
import { summary } from "../../src/ui/text/summary.ts";
import { emojiOf, expandNames, findEmoji } from "../../src/ui/text/shortnames.ts";

const label = (text: string) => findLinks(text, 1)[0]?.label;
const join = (text: string): string => pieces(text).map((piece) => piece.text).join("");
const tints = (word: string, code: string) => highlight(word, code).filter((one) => one.tint).map((one) => `${one.tint} ${one.text}`);
const links = (text: string): string[] => findLinks(text, 100).map((one) => text.slice(one.from, one.to));
const SIGNS = { strong: "b", em: "i", strike: "s", code: "c" } as const;

/** A short form of the tree: b(strong) i(em) s(strike) c(code) L(link) M(mention), blocks on lines of their own. */
function show(text: string, options?: ParseOptions): string {
  const span = (one: Span): string => {
    if (one.kind === "text") return text.slice(one.from, one.to);
    if (one.kind === "link") return `L(${one.label ?? text.slice(one.from, one.to)})`;
    if (one.kind === "mention") return `M(${text.slice(one.from, one.to)})`;
    return `${SIGNS[one.kind]}(${one.inner.map(span).join("")})`;
  };
  const block = (one: Block): string => {
    if (one.kind === "line") return one.spans.map(span).join("");
    if (one.kind === "quote") return `Q[${one.blocks.map(block).join("|")}]`;
    return `C${one.word}[${one.lines.map((line) => text.slice(line.from, line.to)).join("|")}]`;
  };
  return parse(text, options).map(block).join("\n");
}

describe("XEP-0393 section 5.2, spans", () => {
  it.each([
    ["plain span", "plain span"],
    ["*strong span*", "b(strong span)"],
    ["plain _emphasis_ plain", "plain i(emphasis) plain"],
    ["`pre` plain *strong*", "c(pre) plain b(strong)"],
    ["*strong*plain*", "b(strong)plain*"],
    ["* plain *strong*", "* plain b(strong)"],
    ["Everyone ~dis~likes cake.", "Everyone s(dis)likes cake."],
    ["This is `*monospace*`", "This is c(*monospace*)"],
    ["This is *`monospace and bold`*", "This is b(c(monospace and bold))"],
  ])("styles %s", (text, tree) => expect(show(text)).toBe(tree));

  it.each(["not strong*", "*not strong", "*not \n strong*", "*not *strong", "**", "***", "****", "* not strong*", "*not strong *", "a*b*", "(*b*)", "_", ""])(
    "styles nothing in %j",
    (text) => expect(show(text)).toBe(text),
  );

  it("matches lazily, from the beginning", () => {
    expect(show("*a* b*")).toBe("b(a) b*");
    expect(show("*a _b* c_")).toBe("b(a _b) c_");
    expect(show("*not *strong*")).toBe("b(not *strong)");
    expect(show("*this is* not* strong")).toBe("b(this is) not* strong");
  });

  it("opens after another opening sign, not after the same or one that opens nothing", () => {
    expect(show("*_both_*")).toBe("b(i(both))");
    expect(show("*_~`all`~_*")).toBe("b(i(s(c(all))))");
    expect(show("**twice**")).toBe("**twice**");
    expect(show("*_open_")).toBe("*_open_");
  });

  it("takes every white space of Unicode for one", () => {
    for (const space of ["\u00a0", "\u2003", "\u3000", "\u1680", "\u0085", "\t"]) {
      expect(show(`a${space}*b*`)).toBe(`a${space}b(b)`);
      expect(show(`*${space}b*`)).toBe(`*${space}b*`);
      expect(show(`*b${space}*`)).toBe(`*b${space}*`);
    }
  });
});

describe("XEP-0393 section 5.1, blocks", () => {
  it("keeps spans within their line", () => {
    expect(show("no *formatting\nas spans* here")).toBe("no *formatting\nas spans* here");
  });

  it("keeps code as it is, up to a line of only three marks", () => {
    expect(show("```ignored\n(println *x*)\n```\n\nplain")).toBe("Cignored[(println *x*)]\n\nplain");
    expect(show("```\na\n```b\n``` \n```")).toBe("C[a|```b|``` ]");
    expect(show("```\nnever closed\n> x")).toBe("C[never closed|> x]");
    expect(show("a ```\nb")).toBe("a ```\nb");
  });

  it("loses nothing that stands behind the marks", () => {
    expect(show("```one line of code```")).toBe("C[one line of code```]");
    expect(show("```c++\nx")).toBe("Cc++[x]");
  });

  it("ends code with the quote around it", () => {
    expect(show("> ```\n> (println)\nplain")).toBe("Q[C[(println)]]\nplain");
  });

  it("nests quotes and takes away one white space", () => {
    expect(show(">> That that is, is.\n> Said he.\n\nWho?")).toBe("Q[Q[That that is, is.]|Said he.]\n\nWho?");
    expect(show(">  two\n>\n>none")).toBe("Q[ two||none]");
    expect(show("> *strong* `code`")).toBe("Q[b(strong) c(code)]");
    expect(show("a > b")).toBe("a > b");
  });

  it("styles nothing when the sender wants none, but links are links", () => {
    expect(show("> _ <", { unstyled: true })).toBe("> _ <");
    expect(show("*a* https://a.example", { unstyled: true })).toBe("*a* L(https://a.example)");
  });
});

describe("links", () => {

  it.each([
    ["see https://a.example/x.", ["https://a.example/x"]],
    ["(https://en.example/wiki/Foo_(bar))", ["https://en.example/wiki/Foo_(bar)"]],
    ["https://a.example/?q=1&b=[2], then", ["https://a.example/?q=1&b=[2]"]],
    ["\"https://a.example\"", ["https://a.example"]],
    ["HTTPS://A.example", ["HTTPS://A.example"]],
    ["看https://a.example/路径，谢谢", ["https://a.example/路径"]],
    ["（https://a.example）", ["https://a.example"]],
    ["http://[::1]:5280/x", ["http://[::1]:5280/x"]],
    ["xmpp:room@muc.example?join", ["xmpp:room@muc.example?join"]],
    ["mailto:a@b.example!", ["mailto:a@b.example"]],
    ["geo:52.5,13.4;u=10", ["geo:52.5,13.4;u=10"]],
    ["a https://x.example https://y.example", ["https://x.example", "https://y.example"]],
  ])("finds them in %s", (text, found) => expect(links(text)).toEqual(found));

  it.each([
    "javascript:alert(1)", "data:text/html,<b>", "ftp://a.example", "xhttps://a.example", "https://", "https:// a", "mailto:nobody", "geo:home", "xmpp:", "//a.example",
    "https://bank.example@evil.example/", "https://user:pw@evil.example/", "vbscript:x", "file:///etc/passwd", `https://a.example/${"x".repeat(3000)}`,
  ])("finds none in %s", (text) => expect(links(text)).toEqual([]));

  it("are never styled, nor cut by styling", () => {
    expect(show("https://a.example/_foo_ and _b_")).toBe("L(https://a.example/_foo_) and i(b)");
    expect(show("_see https://a.example/a_b_")).toBe("i(see L(https://a.example/a_b))");
    expect(show("*https://a.example*")).toBe("b(L(https://a.example))");
    expect(show("https://a.example/a_")).toBe("L(https://a.example/a_)");
    expect(show("`https://a.example`")).toBe("c(https://a.example)");
  });

  it("show the host that they lead to", () => {
    expect(label("https://bücher.example/x")).toBeUndefined();
    expect(label("https://例子.example")).toBeUndefined();
    expect(label("https://аpple.example/x")).toBe("https://xn--pple-43d.example/x");
    expect(label("https://аррӏе.com")).toBe("https://xn--80ak6aa92e.com");
    expect(label("http://2130706433/")).toBe("http://127.0.0.1/");
    expect(label("https://%65vil.example")).toBe("https://evil.example");
    expect(label("https://ｅvil.example")).toBe("https://evil.example");
  });

  it("know which hosts are honest", () => {
    for (const host of ["bücher.example", "почта.example", "例え.jp", "한국.kr", "ελλάδα.gr", "пример.рф"]) expect(`${host} ${isHonestHost(host)}`).toBe(`${host} true`);
    for (const host of ["раypal.example", "xn--80ak6aa92e.com", "аrе.com", "bücher\u0301\u0301\u0301.example", "goo\u200dgle.com", "ⓖoogle.com"])
      expect(`${host} ${isHonestHost(host)}`).toBe(`${host} false`);
  });

  it("end where marks of direction begin", () => {
    expect(links("https://a.example/\u202egpj.exe")).toEqual(["https://a.example/"]);
  });
});

describe("mentions", () => {
  it("are ranges that must be sound: in the text, in a line, none over another", () => {
    const mentions = [{ begin: 3, end: 8 }, { begin: 5, end: 9 }, { begin: -1, end: 2 }, { begin: 9, end: 9 }, { begin: 9, end: 999 }, { begin: 0.5, end: 2 }];
    expect(show("hi @Ines ok", { mentions })).toBe("hi M(@Ines) ok");
    expect(show("a\nb", { mentions: [{ begin: 0, end: 3 }] })).toBe("a\nb");
  });

  it("win over links and styling inside them", () => {
    expect(show("@a*b* *x*", { mentions: [{ begin: 0, end: 5 }] })).toBe("M(@a*b*) b(x)");
    expect(show("*@Ines*", { mentions: [{ begin: 1, end: 6 }] })).toBe("b(M(@Ines))");
    expect(show("> @Ines", { mentions: [{ begin: 2, end: 7 }] })).toBe("Q[M(@Ines)]");
  });
});

describe("the pieces of the preview", () => {

  it("are the text again, whatever it is", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const alphabet = ["*", "_", "~", "`", "```", ">", " ", "\n", "a", "b", "https://a.example/x_", "😀", "\u202e", ":", ")"];
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)]).join("");
      expect(join(text)).toBe(text);
    }
  });

  it("tell marks from what they style", () => {
    expect(pieces("a *b*").map((piece) => [piece.text, piece.mark === true, piece.strong === true])).toEqual([
      ["a ", false, false],
      ["*", true, true],
      ["b", false, true],
      ["*", true, true],
    ]);
    expect(pieces("> x\n```\ny\n```").filter((piece) => piece.mark).map((piece) => piece.text)).toEqual(["> ", "```", "\n", "\n```"]);
  });
});

describe("hostile text", () => {
  it.each([
    ["signs that never close", "*a ".repeat(50_000)],
    ["signs that all close", "*a* ".repeat(50_000)],
    ["signs alone", "*_~`".repeat(40_000)],
    ["signs in signs", "*_~`a`~_* ".repeat(10_000)],
    ["quotes in quotes", ">".repeat(100_000)],
    ["lines of quotes", `${">".repeat(40)} x\n`.repeat(3000)],
    ["fences", "```\n".repeat(40_000)],
    ["addresses", "https://a.example/x_ ".repeat(10_000)],
    ["addresses in brackets", `https://a.example/${"()".repeat(900)}${")".repeat(200)} `.repeat(80)],
    ["beginnings of addresses", "geo:;xmpp:;".repeat(20_000)],
    ["empty lines", "\n".repeat(100_000)],
    ["one long word", "a".repeat(300_000)],
  ])("%s: few nodes, and linear: a quadratic parser would need minutes", { timeout: 60_000 }, (_, text) => {
    const tree = parse(text);
    const nodes = (blocks: Block[]): number => blocks.reduce((n, one) => n + 1 + (one.kind === "quote" ? nodes(one.blocks) : one.kind === "line" ? spans(one.spans) : 0), 0);
    const spans = (list: Span[]): number => list.reduce((n, one) => n + 1 + ("inner" in one ? spans(one.inner) : 0), 0);
    expect(nodes(tree)).toBeLessThan(4 * NODES_MAX);
    expect(pieces(text).map((piece) => piece.text).join("")).toBe(text);
  });

  it("quotes only so deep", () => {
    const depth = (blocks: Block[]): number => Math.max(0, ...blocks.map((one) => (one.kind === "quote" ? 1 + depth(one.blocks) : 0)));
    expect(depth(parse(`${">".repeat(500)} x`))).toBe(DEPTH_MAX);
  });

  it("is never markup: it stays text", () => {
    for (const text of ["<img src=x onerror=alert(1)>", "&lt;script&gt;", "<svg/onload=alert(1)>", "]]><x/>", "{{constructor}}"]) expect(show(text)).toBe(text);
  });

  it("loses its controls and overrides, keeps tabs, lines and joiners", () => {
    expect(cleanText("a\u0000b\u0007c\u009bd\u202ee\u202cf\ufeffg")).toBe("abcdefg");
    expect(cleanText("a\tb\nc")).toBe("a\tb\nc");
    expect(cleanText("👩\u200d👩\u200d👧 \u2068x\u2069")).toBe("👩\u200d👩\u200d👧 \u2068x\u2069");
    expect(cleanText(`z${"\u0301".repeat(500)}`)).toBe(`z${"\u0301".repeat(4)}`);
  });
});

describe("names of strangers", () => {
  it("are one line that can be seen and turns nothing around", () => {
    expect(cleanLine("Ines\n\tB.")).toBe("Ines B.");
    expect(cleanLine("evil\u202egnp.exe")).toBe("evilgnp.exe");
    expect(cleanLine("\u2066a\u2069\u200fb")).toBe("ab");
    expect(cleanLine("admin\u200b\u3164")).toBe("admin");
    expect(cleanLine("  ")).toBe("");
    for (const empty of ["\u3164", "\u200b\u2060", "\u00ad", "\u200d", "\u115f\u1160", "\u0000"]) expect(cleanLine(empty, "x@a.example")).toBe("x@a.example");
    expect(cleanLine("می\u200cخواهم")).toBe("می\u200cخواهم");
  });

  it("are cut, never inside a letter", () => {
    expect(cleanLine("a".repeat(200_000)).length).toBe(100);
    expect(cleanLine("😀".repeat(100))).toMatch(/^(?:😀)+…$/u);
    expect(cleanLine(`${"a".repeat(98)}e\u0301\u0301x`, "", 100)).toBe(`${"a".repeat(98)}…`);
  });

  it("of files keep their ending and promise no folder", () => {
    expect(cleanFileName("../../etc/passwd", "file")).toBe("passwd");
    expect(cleanFileName("C:\\x\\report.pdf", "file")).toBe("report.pdf");
    expect(cleanFileName("photo\u202egnp.exe", "file")).toBe("photognp.exe");
    expect(cleanFileName(`${"a".repeat(500)}.pdf`, "file", 40)).toMatch(/^a+…\.pdf$/);
    expect(cleanFileName(`${"a".repeat(500)}.pdf`, "file", 40).length).toBe(40);
    expect(cleanFileName("/", "file")).toBe("file");
  });
});

describe("emoji alone", () => {
  it.each([
    ["😀", 1], ["👍🏽", 1], ["👩\u200d👩\u200d👧\u200d👦", 1], ["🇩🇪", 1], ["❤️", 1], ["1️⃣", 1], ["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", 1], ["😀 😀\n😀", 3], ["🏳️\u200d🌈", 1],
    ["😀😀😀😀", 0], ["1", 0], ["©", 0], ["#", 0], ["a😀", 0], ["", 0], [" ", 0], ["*", 0], ["😀".repeat(1000), 0],
  ])("%s: %i", (text, n) => expect(emojiOnly(text)).toBe(n));
});

describe("code", () => {

  it("has three tints and grey", () => {
    expect(tints("ts", "export const a = \"b\"; // c\nlet n = 10.5")).toEqual(["tk export", "tk const", "ts \"b\"", "tc // c", "tk let", "tn 10.5"]);
    expect(tints("python", "def f(): # x\n  return '''a\nb'''")).toEqual(["tk def", "tc # x", "tk return", "ts '''a\nb'''"]);
    expect(tints("sql", "SELECT 1 -- x")).toEqual(["tk SELECT", "tn 1", "tc -- x"]);
    expect(tints("sh", "if [ $# -gt 1 ]; then echo 'a b'; fi")).toEqual(["tk if", "tn 1", "tk then", "tk echo", "ts 'a b'", "tk fi"]);
    expect(tints("c", "/* a\nb */ int x = 0x1fUL;")).toEqual(["tc /* a\nb */", "tk int", "tn 0x1fUL"]);
  });

  it("is the code again, in every language, also when nothing closes", () => {
    const hostile = ["/*", "\"", "'''", "`", "--[[", "<!--", "\\", "#", "0x", "𝒳", "\u0000", "/* \" ' ` # -- \\\n x 1e9"];
    for (const word of ["c", "c++", "js", "ts", "py", "rust", "go", "java", "kotlin", "bash", "sql", "json", "yaml", "css", "lua", "html", "toString", "__proto__", "cobol", ""])
      for (const code of [...hostile, hostile.join("\n"), hostile.join(" ")]) expect(highlight(word, code).map((one) => one.text).join("")).toBe(code);
  });

  it("stays plain when it is very long, and does not take long", () => {
    expect(highlight("c", "x ".repeat(40_000))).toHaveLength(1);
    expect(highlight("c", "if(1)".repeat(9_000)).length).toBeLessThanOrEqual(10_001);
    expect(highlight("py", "'".repeat(49_999)).map((one) => one.text).join("")).toHaveLength(49_999);
  });
});

describe("emoji by name", () => {
  it("stand for one emoji each, and are found by their beginning first", () => {
    expect(emojiOf("tada")).toBe("🎉");
    expect(emojiOf("thumbsup")).toBe("👍");
    expect(findEmoji("sm")[0]?.name).toBe("smile");
    expect(findEmoji("heart").map((one) => one.name)).toContain("blue_heart");
    expect(findEmoji("zzzz")).toEqual([]);
  });

  it("are emoji, all of them, and no name stands twice", () => {
    const everything = findEmoji("", 10_000);
    expect(everything.length).toBeGreaterThan(400);
    expect(everything.filter((one) => emojiOnly(one.emoji) !== 1)).toEqual([]);
    expect(everything.filter((one) => emojiOf(one.name) !== one.emoji)).toEqual([]);
  });

  it("are written as emoji, other colons stay", () => {
    expect(expandNames("well done :tada: :+1:")).toBe("well done 🎉 👍");
    for (const text of ["10:30:00", "a::b", "std::vector:x:y", ":nothing_known:", "https://x:tada:", ":", "::"]) expect(expandNames(text)).toBe(text);
  });
});

describe("a text in one line", () => {
  it("has no marks, no line ends, and nothing that is quoted", () => {
    expect(summary("> asked\n*Yes*, at\n_nine_")).toBe("Yes, at nine");
    expect(summary("```ts\nconst a = 1;\n```")).toBe("const a = 1;");
    expect(summary("look: `a*b*`")).toBe("look: a*b*");
  });

  it("shows the quote where there is nothing else", () => {
    expect(summary("> only quoted")).toBe("only quoted");
    expect(summary("")).toBe("");
  });

  it("is short, however long the text, and never half a letter", () => {
    expect(summary("x".repeat(500_000), 50)).toBe(`${"x".repeat(49)}…`);
    expect(summary("😀".repeat(100), 50)).toBe(`${"😀".repeat(24)}…`);
    expect(summary("a\u202eb\u0000c")).toBe("abc");
  });
});
