"use strict";
{
  const byId = id => document.getElementById(id);
  const of = new URLSearchParams(location.search).get("of") || "";
  // The token stays behind the # and in this tab; links to the runs' own pages carry it on.
  const given = location.hash.slice(1);
  const token = /^[0-9a-f]{32}$/.test(given) ? given : sessionStorage.getItem("token") || "";
  if (token) sessionStorage.setItem("token", token);
  const WORDS = {
    waiting: "not begun", starting: "starting", running: "running", pausing: "pausing after this step", paused: "paused",
    stopping: "stopping after this step", done: "done", stopped: "stopped", failed: "failed", killed: "killed", pruned: "left at its rung",
    gone: "gone",
  };
  const count = n => n.toLocaleString("en");
  const time = s => s < 90 ? Math.round(s) + "\u00a0s" : s < 7200 ? Math.round(s / 60) + "\u00a0min" : (s / 3600).toFixed(1) + "\u00a0h";
  const text = (id, words) => {
    const place = byId(id);
    if (place.textContent !== words) place.textContent = words;
    if (place.hasAttribute("hidden") !== !words && ["command", "activity", "reason"].includes(id)) place.toggleAttribute("hidden", !words);
  };
  let line = null, order = [], figure = "";
  const rows = new Map();

  const showLine = kind => {
    const now = byId("now"), several = kind !== "run";
    now.dataset.state = line.state || "";
    document.title = (WORDS[line.state] || "?") + " · " + (line.name || "") + " – Align4J";
    text("name", line.name || "");
    text("command", line.command || "");
    text("state", kind === "trouble" ? "can\u2019t be read" : kind === "folder" ? "runs" : WORDS[line.state]);
    text("steps", line.total ? count(line.step) + " of " + count(line.total) + " steps" : "");
    text("left", line.left == null ? "" : "about " + time(line.left) + " left");
    text("memory", line.peakBytes == null ? "" : (line.peakBytes / 2 ** 30).toFixed(2) + " GiB at the peak");
    text("figures", line.figures || "");
    text("activity", line.activity || "");
    text("reason", line.reason || "");
    const done = line.total ? Math.min(100, 100 * line.step / line.total) : 0;
    byId("bar").hidden = !line.total;
    byId("bar").setAttribute("aria-valuenow", done.toFixed(0));
    byId("bar").firstElementChild.style.width = done + "%";
    const ask = line.ask || [];
    for (const word of ["pause", "continue", "stop"]) byId(word).hidden = !token || !ask.includes(word);
    if (!token && ask.length) text("said", "To pause or stop it, open the address that the command printed, with all that is behind the #.");
    else if (byId("said").dataset.state !== line.state) text("said", "");
    byId("several").hidden = byId("every").hidden = !several;
    byId("up").hidden = !of;
  };

  // A row is made once; then its texts change where they differ.
  const cell = (row, i, words) => { if (row.cells[i].firstChild.data !== words) row.cells[i].firstChild.data = words; };
  const show = (key, data) => {
    const body = byId("rows").tBodies[0];
    let made = rows.get(key);
    const link = "/?of=" + encodeURIComponent(key);
    if (!made) {
      const tr = document.createElement("tr"), th = document.createElement("th"), a = document.createElement("a");
      a.href = link;
      a.textContent = key;
      th.append(a);
      tr.append(th);
      for (const style of ["state text", "", "value", "about text"]) {
        const td = document.createElement("td");
        td.className = style;
        td.append("");
        tr.append(td);
      }
      const small = document.createElement("small");
      small.append("");
      small.dir = "auto";
      tr.cells[4].append(small);
      const li = document.createElement("li"), square = document.createElement("a");
      square.href = link;
      li.append(square);
      body.append(tr);
      byId("strip").append(li);
      made = { tr, li, square };
      rows.set(key, made);
    }
    const run = data.line;
    made.tr.dataset.state = made.li.dataset.state = run.state;
    cell(made.tr, 1, WORDS[run.state]);
    cell(made.tr, 2, run.total ? count(run.step) + " of " + count(run.total) : "\u2013");
    cell(made.tr, 3, data.value || "\u2013");
    cell(made.tr, 4, data.options || run.figures || run.command);
    const small = made.tr.cells[4].lastChild.firstChild;
    const atWork = ["running", "pausing", "paused", "stopping", "starting"].includes(run.state);
    const words = run.reason || (atWork ? [run.activity, data.options && run.figures].filter(Boolean).join(" · ") : "");
    if (small.data !== words) small.data = words;
    const share = run.total ? Math.min(100, 100 * run.step / run.total) : 0;
    made.square.style.setProperty("--done", (run.state === "running" ? Math.max(12, share) : share) + "%");
    made.square.title = key + ", " + WORDS[run.state] + (data.options ? ": " + data.options : "");
    made.square.setAttribute("aria-label", made.square.title);
    made.valued = Boolean(data.value);
  };
  const arrange = () => {
    byId("rows").classList.toggle("plain", ![...rows.values()].some(row => row.valued));
    text("value-name", figure || "Figure");
    for (const row of rows.values()) row.tr.cells[3].dataset.name = figure;
    const body = byId("rows").tBodies[0], strip = byId("strip");
    for (const key of [...rows.keys()]) {
      if (order.includes(key)) continue;
      rows.get(key).tr.remove();
      rows.get(key).li.remove();
      rows.delete(key);
    }
    order.forEach((key, i) => {
      const row = rows.get(key);
      if (!row) return;
      if (body.rows[i] !== row.tr) body.insertBefore(row.tr, body.rows[i] || null);
      if (strip.children[i] !== row.li) strip.insertBefore(row.li, strip.children[i] || null);
    });
  };

  // Parts keep their place, their unfolded details and what a person selected elsewhere.
  const places = new Map();
  let draw = null;
  const part = (name, html) => {
    let place = places.get(name);
    if (!place) {
      place = document.createElement("div");
      place.dataset.part = name;
      (name === "standings" ? byId("parts-before") : byId("parts")).append(place);
      places.set(name, place);
    }
    const open = [...place.querySelectorAll("details")].map(d => d.open);
    place.innerHTML = html; // the server's own escaped HTML; the policy runs no script in it
    [...place.querySelectorAll("details")].forEach((d, i) => { d.open = open[i] || false; });
    if (name === "charts") draw = showCharts(place.firstElementChild);
  };
  let charts = [];
  const chart = () => { if (draw) draw(charts); };

  const take = message => {
    const data = message.data;
    if (message.type === "rows") data.forEach(row => show(row.key, row));
    if (message.type === "scene") {
      line = data.line;
      order = data.order;
      figure = data.figure || "";
      showLine(data.kind);
      arrange();
    }
    if (message.type === "parts") {
      Object.entries(data).forEach(([name, html]) => part(name, html));
      chart();
    }
    if (message.type === "charts") {
      charts = data;
      chart();
    }
    if (message.type === "end") {
      ended = true;
      source.close();
      byId("now").dataset.lost = "";
      text("said", "The page has ended with the command that served it.");
      byId("said").dataset.state = line ? line.state : "";
    }
  };

  let source = null, ended = false;
  const connect = () => {
    source = new EventSource("/watch/stream" + (of ? "?of=" + encodeURIComponent(of) : ""));
    source.onopen = () => { delete byId("now").dataset.lost; };
    source.onmessage = event => take(JSON.parse(event.data));
    source.onerror = () => {
      if (ended) return;
      byId("now").dataset.lost = "";
      if (!line || source.readyState === EventSource.CLOSED) text("state", of && !line ? "there is no such run here" : "the page\u2019s server doesn\u2019t answer");
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
    };
  };

  const ask = async word => {
    text("said", "");
    byId("said").dataset.state = line.state;
    try {
      const answer = await fetch("/watch/control" + (of ? "?of=" + encodeURIComponent(of) : ""), {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Align4J-Token": token },
        body: JSON.stringify({ word }),
      });
      if (!answer.ok) text("said", (await answer.json()).error);
      else text("said", word === "continue" ? "Asked to go on." : "Asked to " + word + "; the step in hand is finished first.");
    } catch (gone) {
      text("said", "The page\u2019s server doesn\u2019t answer.");
    }
  };
  byId("pause").onclick = () => ask("pause");
  byId("continue").onclick = () => ask("continue");
  byId("stop").onclick = () => byId("sure").showModal();
  byId("sure").onclose = () => { if (byId("sure").returnValue === "yes") ask("stop"); byId("sure").returnValue = ""; };
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("sure").open || event.target.closest("input, textarea")) return;
    const button = event.key === "p" ? ["pause", "continue"].map(byId).find(b => !b.hidden) : event.key === "s" ? byId("stop") : null;
    if (button && !button.hidden) button.click();
  });
  connect();
}
