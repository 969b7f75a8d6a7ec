"use strict";
{
  const PAGE = 20;
  const form = document.querySelector(".controls");
  const list = document.getElementById("items"), found = document.getElementById("found"), more = document.getElementById("more");
  const items = BROWSED.items;
  const nouns = BROWSED.noun + (items.length === 1 ? "" : "s");
  const lower = new Map();
  const wordsOf = item => {
    if (!lower.has(item)) {
      lower.set(item, [item.heading, item.prompt, ...item.sides.map(side => side.text), ...item.notes].join("\n").toLowerCase());
    }
    return lower.get(item);
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // Text with what was sought in it marked; text nodes only, so that nothing in it is a tag.
  const told = (name, className, text, sought) => {
    const made = element(name, className);
    made.dir = "auto";
    const low = text.toLowerCase();
    // A letter whose small form is longer would move the marks.
    let at = 0, next = sought && low.length === text.length ? low.indexOf(sought) : -1;
    for (let marks = 0; next >= 0 && marks < 500; marks++) {
      made.append(text.slice(at, next), element("mark", "", text.slice(next, next + sought.length)));
      at = next + sought.length;
      next = low.indexOf(sought, at);
    }
    made.append(text.slice(at));
    return made;
  };

  const drawn = (item, sought) => {
    const article = element("article", "item");
    article.append(told("h3", "", item.heading, ""), told("blockquote", "", item.prompt, sought));
    const sides = element("div", "sides");
    for (const side of item.sides) {
      const box = element("div", "side " + side.tone), title = element("h4", "", side.title);
      if (side.note) title.append(element("small", "", side.note));
      box.append(title);
      if (side.text === "") box.append(element("p", "empty", "an empty answer"));
      else {
        const text = told("p", "said", side.text, sought);
        if (side.text.length > 600) {
          text.tabIndex = 0;
          text.setAttribute("role", "region");
          text.setAttribute("aria-label", side.title);
        }
        box.append(text);
      }
      sides.append(box);
    }
    article.append(sides);
    if (item.notes.length) {
      const notes = element("ul", "notes");
      item.notes.forEach(note => notes.append(told("li", "", note, sought)));
      article.append(notes);
    }
    return article;
  };

  const chosen = () => {
    const values = (kind, names) => names.map((_, i) => form.elements[kind + i]?.value ?? "");
    return {
      sought: form.elements.sought.value.trim().toLowerCase(),
      facets: values("facet", BROWSED.facets), marks: values("mark", BROWSED.marks), clearest: form.elements.clearest.checked,
    };
  };
  const fits = (values, wanted) => wanted.every((value, i) => !value || values[i] === value);

  let hits = [], shown = 0, sought = "";
  const grow = () => {
    const next = hits.slice(shown, shown + PAGE);
    list.append(...next.map(hit => drawn(hit.item, sought)));
    shown += next.length;
    more.hidden = shown >= hits.length;
    more.textContent = "Show " + Math.min(PAGE, hits.length - shown) + " more";
  };
  const apply = () => {
    const wanted = chosen();
    sought = wanted.sought;
    hits = [];
    for (const item of items) {
      const marks = item.marks.filter(mark => fits(mark.values, wanted.marks));
      const marked = marks.length || wanted.marks.every(value => !value);
      if (marked && fits(item.facets, wanted.facets) && (!sought || wordsOf(item).includes(sought))) {
        hits.push({ item, clarity: Math.max(0, ...marks.map(mark => mark.clarity)) });
      }
    }
    if (wanted.clearest) hits.sort((a, b) => b.clarity - a.clarity);
    found.textContent = hits.length === items.length
      ? items.length.toLocaleString("en") + " " + nouns
      : hits.length.toLocaleString("en") + " of " + items.length.toLocaleString("en") + " " + nouns;
    list.replaceChildren();
    shown = 0;
    grow();
  };

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  };
  form.addEventListener("input", event => event.target.type === "search" ? soon() : apply());
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", event => event.preventDefault());
  form.querySelectorAll("[data-preset]").forEach(button => button.addEventListener("click", () => {
    const preset = BROWSED.presets[Number(button.dataset.preset)];
    form.reset();
    const choose = (kind, names) => names.forEach((name, i) => {
      const select = form.elements[kind + i];
      if (select && preset.chosen[name] !== undefined) select.value = preset.chosen[name];
    });
    choose("facet", BROWSED.facets);
    choose("mark", BROWSED.marks);
    form.elements.clearest.checked = preset.clearestFirst;
  }));
  more.addEventListener("click", () => {
    const before = list.children.length;
    grow();
    const first = list.children[before];
    if (first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
  });
  apply();
}
