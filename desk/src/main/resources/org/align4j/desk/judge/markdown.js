// Shows Markdown that somebody wrote who is not trusted: text nodes and a few plain elements, nothing that loads, links or runs. Tags of HTML are text.

const DEEPEST = 6;

/** A longer line has no emphasis: looking for the end of each mark would take the square of its length. */
const LONGEST_LINE = 8000;
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** Adds text to an element; characters that are not seen, or that turn the direction of writing, stand as their numbers. */
function write(place, text) {
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    // Joins letters in Arabic, Persian and Indic scripts, and the parts of emoji: what is written there needs them.
    if (found[0] === '\u200d' || found[0] === '\u200c') continue;
    place.append(text.slice(from, found.index));
    const mark = document.createElement('span');
    mark.className = 'hidden-character';
    mark.textContent = 'U+' + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    place.append(mark);
    from = found.index + found[0].length;
  }
  place.append(text.slice(from));
}

function add(place, tag, direction = true) {
  const made = document.createElement(tag);
  if (direction) made.dir = 'auto';
  place.append(made);
  return made;
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Gives an element that holds elements of its own the direction of its first letter: "auto" would look past these. */
function direct(made) {
  const letter = /\p{L}/u.exec(made.textContent);
  made.dir = letter && RIGHT_TO_LEFT.test(letter[0]) ? 'rtl' : 'ltr';
}

const STRONG = [['**', 'strong'], ['__', 'strong'], ['~~', 'del'], ['*', 'em'], ['_', 'em']];

/** Writes a line's emphasis, code, links and images; a link is its words and its address as text. */
function inline(place, text, depth = 0) {
  if (text.length > LONGEST_LINE) {
    write(place, text);
    return;
  }
  let plain = '';
  const flush = () => { write(place, plain); plain = ''; };
  let at = 0;
  outer: while (at < text.length) {
    const c = text[at];
    if (c === '\\' && at + 1 < text.length && /[!-/:-@[-`{-~]/.test(text[at + 1])) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    if (c === '`') {
      const ticks = /^`+/.exec(text.slice(at, at + 32))[0];
      const end = text.indexOf(ticks, at + ticks.length);
      if (end > 0) {
        flush();
        write(add(place, 'code', false), text.slice(at + ticks.length, end));
        at = end + ticks.length;
        continue;
      }
    }
    if (c === '[' || (c === '!' && text[at + 1] === '[')) {
      const link = address(text, at + (c === '!' ? 2 : 1));
      if (link) {
        flush();
        const shown = add(place, 'span', false);
        shown.className = 'address';
        write(shown, (c === '!' ? 'image: ' : '') + link.words + ' (' + link.to + ')');
        at = link.end;
        continue;
      }
    }
    if (depth < DEEPEST && '*_~'.includes(c)) {
      for (const [mark, tag] of STRONG) {
        if (!text.startsWith(mark, at) || /\s|^$/.test(text[at + mark.length] ?? '')) continue;
        if (c === '_' && /[\p{L}\p{N}]/u.test(text[at - 1] ?? ' ')) continue;
        const end = text.indexOf(mark, at + mark.length + 1);
        if (end < 0 || /\s/.test(text[end - 1])) continue;
        flush();
        inline(add(place, tag, false), text.slice(at + mark.length, end), depth + 1);
        at = end + mark.length;
        continue outer;
      }
    }
    plain += c;
    at++;
  }
  flush();
}

/** Reads [words](address) from behind its first bracket; null where none is here, looking a bounded way. */
function address(text, from) {
  const close = text.indexOf(']', from);
  if (close < 0 || close - from > 1000 || text[close + 1] !== '(') return null;
  const end = text.indexOf(')', close + 2);
  if (end < 0 || end - close > 2000) return null;
  return { words: text.slice(from, close), to: text.slice(close + 2, end), end: end + 1 };
}

const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const HEAD = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s{0,12})([-*+]|\d{1,9}[.)])\s+(.*)$/;
const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]{0,30})/;
const DASHES = /^[\s|:-]+$/;

/** Returns Markdown as elements. */
export function render(markdown) {
  const made = document.createDocumentFragment();
  blocks(made, markdown.replace(/\r\n?/g, '\n').split('\n'), 0);
  return made;
}

function blocks(place, lines, depth) {
  let paragraph = [];
  const flush = () => {
    if (!paragraph.length) return;
    const made = add(place, 'p');
    paragraph.forEach((line, i) => {
      if (i) made.append(document.createElement('br'));
      inline(made, line);
    });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const fence = FENCE.exec(line);
    if (fence) {
      flush();
      let end = i + 1;
      while (end < lines.length && !lines[end].trimStart().startsWith(fence[1])) end++;
      const pre = add(place, 'pre', false);
      pre.tabIndex = 0;
      write(add(pre, 'code', false), lines.slice(i + 1, end).join('\n'));
      i = end;
      continue;
    }
    const head = HEAD.exec(line);
    if (line.trim() === '') flush();
    else if (head) {
      flush();
      const made = add(place, 'p');
      made.className = 'heading level-' + head[1].length;
      made.setAttribute('role', 'heading');
      made.setAttribute('aria-level', String(head[1].length + 2));
      inline(made, head[2]);
    } else if (RULE.test(line)) {
      flush();
      add(place, 'hr', false);
    } else if (/^ {0,3}>/.test(line) && depth < DEEPEST) {
      flush();
      let end = i;
      while (end < lines.length && /^ {0,3}>/.test(lines[end])) end++;
      const quote = add(place, 'blockquote', false);
      blocks(quote, lines.slice(i, end).map(quoted => quoted.replace(/^ {0,3}> ?/, '')), depth + 1);
      direct(quote);
      i = end - 1;
    } else if (ITEM.test(line) && depth < DEEPEST) {
      flush();
      i = list(place, lines, i, depth) - 1;
    } else if (line.includes('|') && i + 1 < lines.length && lines[i + 1].includes('-') && DASHES.test(lines[i + 1])) {
      flush();
      i = table(place, lines, i) - 1;
    } else paragraph.push(line);
  }
  flush();
}

/** Writes a list and returns the line behind it. What is indented deeper belongs to the item above. */
function list(place, lines, from, depth) {
  const first = ITEM.exec(lines[from]);
  const ordered = /\d/.test(first[2]);
  const made = add(place, ordered ? 'ol' : 'ul', false);
  if (ordered) made.start = parseInt(first[2], 10);
  let at = from;
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]);
    if (!item || item[1].length > first[1].length + 1 || /\d/.test(item[2]) !== ordered) break;
    const inner = [item[3]];
    at++;
    while (at < lines.length) {
      const next = ITEM.exec(lines[at]);
      const deeper = /^\s{2,}\S/.test(lines[at]) && (!next || next[1].length > item[1].length + 1);
      const blank = lines[at].trim() === '' && at + 1 < lines.length && /^\s{2,}\S/.test(lines[at + 1])
        && !(ITEM.exec(lines[at + 1]) && ITEM.exec(lines[at + 1])[1].length <= item[1].length + 1);
      if (!deeper && !blank) break;
      inner.push(lines[at].replace(/^\s{1,4}/, ''));
      at++;
    }
    const own = add(made, 'li', false);
    blocks(own, inner, depth + 1);
    direct(own);
    if (at < lines.length && lines[at].trim() === '' && ITEM.test(lines[at + 1] ?? '')) at++;
  }
  direct(made);
  return at;
}

function table(place, lines, from) {
  const wide = add(place, 'div', false);
  wide.className = 'wide';
  const made = add(wide, 'table', false);
  const cells = line => line.trim().replace(/^\||\|$/g, '').split('|').slice(0, 50);
  let at = from;
  for (; at < lines.length && lines[at].includes('|'); at++) {
    if (at === from + 1) continue;
    const row = add(made, 'tr', false);
    cells(lines[at]).forEach(cell => inline(add(row, at === from ? 'th' : 'td'), cell.trim()));
  }
  direct(made);
  return at;
}
