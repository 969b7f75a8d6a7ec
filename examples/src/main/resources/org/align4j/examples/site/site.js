(() => {
  const nav = document.querySelector("nav.site");
  const box = nav.querySelector(".search");
  const input = document.createElement("input");
  const list = document.createElement("ol");
  Object.assign(input, { type: "search", placeholder: "Search   /", autocomplete: "off" });
  const attributes = { role: "combobox", "aria-label": "Search", "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  list.id = "found";
  list.setAttribute("role", "listbox");
  box.append(input, list);

  let index = null;
  let chosen = -1;
  const load = () => {
    if (index) return;
    index = [];
    const script = document.createElement("script");
    script.src = nav.dataset.root + "search-index.js";
    script.onload = () => {
      index = window.align4jIndex.map(([address, page, heading, text]) => ({
        address, page, heading, text, inPage: page.toLowerCase(), inHeading: heading.toLowerCase(), inText: text.toLowerCase(),
      }));
      search();
    };
    document.head.append(script);
  };

  const starts = (text, word) => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
    }
    return false;
  };
  const history = /^(decisions|results-notes|dependencies)\.html|^(bench|files)\//;
  // A word counts most in a heading, then in the page's title, then by how often the text has it; every word must occur. What is kept
  // for the record comes after what explains, and what a word means comes first.
  const score = (entry, words) => {
    let sum = 0;
    for (const word of words) {
      let points = 0;
      if (entry.inHeading === word) points += 40;
      if (starts(entry.inHeading, word)) points += 20;
      else if (entry.inHeading.includes(word)) points += 8;
      if (starts(entry.inPage, word)) points += 6;
      const times = entry.inText.split(word).length - 1;
      if (times) points += 2 + Math.log2(times) / (1 + entry.inText.length / 4000);
      if (!points) return 0;
      sum += points;
    }
    sum += (entry.address.startsWith("concepts.html#") && entry.inHeading === words.join(" ") ? 100 : 0);
    sum += (entry.inHeading.includes(words.join(" ")) ? 10 : 0) + (entry.address.includes("#") ? 0 : 3);
    return history.test(entry.address) ? sum / 2 : sum;
  };
  const marked = (parent, text, words) => {
    const lower = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      let next = -1;
      let found = "";
      for (const word of words) {
        const here = lower.indexOf(word, at);
        if (here >= 0 && (next < 0 || here < next)) { next = here; found = word; }
      }
      if (next < 0) break;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(next, next + found.length);
      parent.append(text.slice(at, next), mark);
      at = next + found.length;
    }
    parent.append(text.slice(at));
  };
  const excerpt = (entry, words) => {
    const at = Math.max(0, Math.min(...words.map((word) => entry.inText.indexOf(word)).filter((place) => place >= 0)));
    const from = Number.isFinite(at) ? Math.max(0, at - 50) : 0;
    return (from ? "… " : "") + entry.text.slice(from, from + 150) + (entry.text.length > from + 150 ? " …" : "");
  };
  const item = (entry, words, number) => {
    const line = document.createElement("li");
    line.id = "found-" + number;
    line.setAttribute("role", "option");
    const link = document.createElement("a");
    link.href = nav.dataset.root + entry.address;
    link.tabIndex = -1;
    const heading = document.createElement("strong");
    marked(heading, entry.heading, words);
    link.append(heading);
    if (entry.page !== entry.heading) {
      const page = document.createElement("span");
      page.textContent = " · " + entry.page;
      link.append(page);
    }
    const text = document.createElement("p");
    marked(text, excerpt(entry, words), words);
    link.append(text);
    line.append(link);
    return line;
  };
  const choose = (number) => {
    chosen = number;
    [...list.children].forEach((line, at) => line.setAttribute("aria-selected", String(at === number)));
    const line = list.children[number];
    if (line) { line.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", line.id); } else input.removeAttribute("aria-activedescendant");
  };
  const close = () => { list.replaceChildren(); choose(-1); input.setAttribute("aria-expanded", "false"); };
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    close();
    if (!words.length || !index) return;
    const found = index.map((entry) => [score(entry, words), entry]).filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]).slice(0, 20);
    list.append(...found.map(([, entry], number) => item(entry, words, number)));
    if (!found.length && index.length) {
      const none = document.createElement("li");
      none.textContent = "Nothing has " + words.map((word) => "“" + word + "”").join(" and ") + ".";
      list.append(none);
    }
    input.setAttribute("aria-expanded", "true");
    choose(found.length ? 0 : -1);
  };

  input.addEventListener("focus", load);
  input.addEventListener("input", () => { load(); search(); });
  input.addEventListener("keydown", (event) => {
    const count = list.querySelectorAll("a").length;
    if (event.key === "ArrowDown" && count) choose((chosen + 1) % count);
    else if (event.key === "ArrowUp" && count) choose((chosen + count - 1) % count);
    else if (event.key === "Enter" && chosen >= 0) { const link = list.children[chosen].querySelector("a"); close(); location.href = link.href; }
    else if (event.key === "Escape") { input.value = ""; close(); input.blur(); }
    else return;
    event.preventDefault();
  });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) { input.value = asked; load(); }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      input.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });

  for (const block of document.querySelectorAll("article pre:not(.formula)")) {
    const around = document.createElement("div");
    around.className = "block";
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "copy", textContent: "Copy" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(block);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.replaceWith(around);
    around.append(block, button);
  }
  const here = nav.querySelector('[aria-current="page"]');
  if (here && nav.scrollHeight > nav.clientHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 3;
})();
