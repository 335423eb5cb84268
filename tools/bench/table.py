# SPDX-License-Identifier: Apache-2.0
"""The Markdown table that bench-run prints: one column a peer, in brackets the ratio to the relay."""
import os
import platform

# run, row, member (or members) of swarm's line, factor, whether a ratio says something
ROWS = [
    ("w1", "chat, closed loop, {users} users, W=1: server CPU µs per delivery", "server_us", 1, True),
    ("w1", "— delivered/s", "per_second", 1, False),
    ("w1", "— server core share", "server_share", 1, False),
    ("w1", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("w1", "— (load tool CPU µs)", "tool_us", 1, False),
    ("w10", "chat, closed loop, {users} users, W=10: server CPU µs per delivery", "server_us", 1, True),
    ("w10", "— delivered/s", "per_second", 1, False),
    ("w10", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("open", "chat, open loop, {rate}/s: server CPU µs per delivery", "server_us", 1, True),
    ("open", "— delivered/s", "per_second", 1, False),
    ("open", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("login", "login and logout, {sasl}: server CPU ms", "server_us", 1e-3, True),
    ("login", "— logins/s", "per_second", 1, False),
    ("archive", "{archives} archives of {messages}, {readers} read pages of 50: server CPU µs per message", "server_us", 1, False),
    ("archive", "— server CPU µs per page", "server_us_page", 1, False),
    ("archive", "— messages/s", "per_second", 1, False),
    ("archive", "— pages/s", "pages_per_second", 1, False),
    ("archive", "— p50 / p99 / p99.9 ms of a page", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("archive", "— RSS before and after, MiB", ("rss_before_mib", "rss_after_mib"), 1, False),
    ("archive", "— messages/s while they were filled", "fill_per_second", 1, False),
    ("archive", "— (load tool CPU µs)", "tool_us", 1, False),
    ("room", "one room of {occupants}, 5 speak, closed loop: server CPU µs per delivery", "server_us", 1, False),
    ("room", "— deliveries/s", "per_second", 1, False),
    ("room", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("room", "— server CPU ms per join", "server_us_join", 1e-3, False),
    ("rooms", "{rooms} rooms of 20, 5 speak in each, closed loop: server CPU µs per delivery", "server_us", 1, False),
    ("rooms", "— deliveries/s", "per_second", 1, False),
    ("rooms", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("rooms", "— server CPU ms per join", "server_us_join", 1e-3, False),
    ("fed_w1", "two servers, closed loop, {users} users, W=1: CPU µs of both per delivery", "server_us", 1, False),
    ("fed_w1", "— delivered/s", "per_second", 1, False),
    ("fed_w1", "— share of a core of both", "server_share", 1, False),
    ("fed_w1", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("fed_w10", "two servers, closed loop, {users} users, W=10: CPU µs of both per delivery", "server_us", 1, False),
    ("fed_w10", "— delivered/s", "per_second", 1, False),
    ("fed_w10", "— share of a core of both", "server_share", 1, False),
    ("fed_w10", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("fed_open", "two servers, open loop, {rate}/s: CPU µs of both per delivery", "server_us", 1, False),
    ("fed_open", "— delivered/s", "per_second", 1, False),
    ("fed_open", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("hang_still", "open loop, {rate}/s, before others hang: server CPU µs per delivery", "server_us", 1, False),
    ("hang_still", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("hang", "the same while 100 servers of other domains hang: server CPU µs per delivery", "server_us", 1, False),
    ("hang", "— p50 / p99 / p99.9 ms", ("p50_ms", "p99_ms", "p999_ms"), 1, False),
    ("idle", "{idle} idle connections: RSS KiB each", "rss_kib_each", 1, True),
    ("idle", "— PSS KiB each", "pss_kib_each", 1, False),
    ("idle", "— RSS before, MiB", "rss_before_mib", 1, False),
    ("idle", "— server CPU ms per login", "server_us", 1e-3, True),
    ("register", "registration (XEP-0077): server CPU ms", "server_us", 1e-3, False),
]
FAULTS = {"lost": "not there 15 s after the end", "out_of_order": "out of order", "twice": "delivered twice", "errors": "bounced",
          "failed": "connections failed", "unfinished": "archives not read to their end 15 s after the window"}


def number(value):
    """Three digits that count."""
    if value >= 1000:
        return f"{value:.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def cell(result, floor, member, factor, has_ratio):
    if result is None or any(name not in result for name in ([member] if isinstance(member, str) else member)):
        return "–"
    if isinstance(member, tuple):
        return " / ".join(number(result[name]) for name in member)
    text = number(result[member] * factor)
    if has_ratio and floor and floor is not result and floor.get(member):
        text += f" ({number(result[member] / floor[member])}×)"
    return text


def faults(results):
    """What went wrong, run by run."""
    found = [f"{run}: {result[name]} {text}" for run, result in results.items() if result
             for name, text in FAULTS.items() if result.get(name)]
    found += [f"{run}: cut short" for run, result in results.items() if result and result["cut_short"]]
    found += [f"{run}: gave nothing" for run, result in results.items() if result is None]
    return ", ".join(found) or "none"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    load = os.getloadavg()
    return f"{os.cpu_count()} cores, {model[0] if model else platform.machine()}, Linux {platform.release()}, " \
           f"load average {load[0]:.1f} at the end"


def render(results, notes, shown):
    """results: peer -> run -> swarm's line or None; notes: peer -> sentence; shown: numbers for the rows' names."""
    peers = list(results)
    floor = results.get("relay", {})
    lines = ["| | " + " | ".join(peers) + " |", "|---|" + "---|" * len(peers)]
    for run, row, member, factor, has_ratio in ROWS:
        cells = [cell(results[peer].get(run), floor.get(run), member, factor, has_ratio) for peer in peers]
        if any(text != "–" for text in cells):
            lines.append(f"| {row.format(**shown)} | " + " | ".join(cells) + " |")
    lines.append("| faults (lost, misordered, doubled, failed) | " + " | ".join(faults(results[peer]) for peer in peers) + " |")
    said = [f"- {peer}: {note}" for peer, note in notes.items() if note]
    return "\n".join(["# Whole-server figures", "",
                      "Server on one core, load on another, loopback, TLS 1.3, archive on; ratios to the relay in brackets. "
                      "Processor time per unit is the figure to trust; rates and tails depend on what else runs here.",
                      f"Machine: {machine()}. One run a cell, {shown['seconds']} s each.", "", *lines, "", *said]) + "\n"
