import { render } from './markdown.js';

// What people are shown comes from models and files that nobody looked at: it becomes text nodes, in markdown.js, and never markup.

const TOKEN = new URLSearchParams(location.search).get('token') || '';
const NAME = 'align4j-judge-name';
const at = id => document.getElementById(id);

let person = new URLSearchParams(location.search).get('annotator') || sessionStorage.getItem(NAME) || '';
let asked = null;
let shownAt = 0;
let busy = false;
let note = '';
let edited = null;

function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (name === 'value') made.value = value;
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

let said;
function tell(text) {
  at('told').replaceChildren(el('span', {}, text));
  clearTimeout(said);
  said = setTimeout(() => at('told').replaceChildren(), 8000);
}

/** Asks the server; what it refuses, and that it is gone, is an error in words. */
async function ask(what, body) {
  let response;
  try {
    response = await fetch('/judge/api/' + what, {
      method: body ? 'POST' : 'GET',
      headers: { 'X-Align4J-Token': TOKEN, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify({ annotator: person, ...body }),
    });
  } catch (gone) {
    throw new Error('The server does not answer. Nothing that was saved is lost: start align judge again with the same --out, and open the address that it prints.');
  }
  const document = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(document.error || 'The server answered ' + response.status + '.');
  return document;
}

/** Does one thing after the other: a key that is pressed meanwhile is not taken for a vote on the next pair. */
async function doing(work) {
  if (busy) return;
  busy = true;
  try {
    await work();
  } catch (failed) {
    tell(failed.message);
  } finally {
    busy = false;
  }
}

const next = (what, body = {}) => doing(async () => show(await ask(what, body)));

function show(document) {
  asked = document;
  note = document.was?.note || '';
  edited = null;
  howFar(document);
  if (document.pair) {
    drawPair(document.pair);
    if (document.was?.edited) edit(document.was.place === 1 ? 1 : 0, document.was.edited);
  } else {
    drawEnd(document);
  }
  shownAt = performance.now();
  scrollTo(0, 0);
}

function howFar(document) {
  const of = document.own + document.open;
  at('how-far').replaceChildren(
    el('progress', { value: document.own, max: of || 1, 'aria-label': 'Your votes' }),
    ' ' + document.own + ' of ' + of + ' by you · ' + document.judged + ' of ' + document.pairs + ' pairs done');
  at('person').textContent = person;
}

function drawPair(pair) {
  const prompt = el('section', { class: 'panel prompt', 'aria-label': 'Prompt' },
    el('h2', {}, 'Prompt'),
    pair.prompt.map(turn => el('div', { class: 'turn text' },
      pair.prompt.length > 1 && el('b', {}, turn.role), render(turn.text))));
  const sides = [pair.first, pair.second].map((text, i) =>
    el('section', { class: 'panel side', id: 'side-' + i, 'aria-label': i ? 'Second answer' : 'First answer' },
      el('h2', {}, i ? 'Second answer' : 'First answer',
        el('button', { type: 'button', class: 'small', click: () => edit(i) }, 'Edit', el('kbd', {}, String(i + 1)))),
      el('div', { class: 'text' }, render(text))));
  at('main').replaceChildren(prompt, el('div', { class: 'sides' }, sides), noteField(), details());
  at('main').dataset.pair = pair.id;
  at('keys').replaceChildren(...ACTIONS.map(([key, label, act]) =>
    el('button', { type: 'button', click: act, class: label.startsWith('First') || label.startsWith('Second') ? 'main' : null },
      label, el('kbd', {}, key))));
}

function details() {
  const people = Object.entries(asked.people).filter(([, count]) => count).map(([name, count]) => name + ' ' + count).join(', ');
  return el('details', {}, el('summary', {}, 'Votes so far'),
    el('p', {}, people || 'none'), el('p', {}, asked.agreement),
    el('p', {}, 'The number of pairs is fixed beforehand: who looks at the agreement again and again, and stops when it looks good, sees more of it than there is.'));
}

function noteField() {
  const field = el('textarea', { id: 'note', rows: 2, input: event => { note = event.target.value; }, value: note });
  return el('label', { id: 'note-label', hidden: !note }, 'Note (Esc goes back to the keys)', field);
}

function openNote() {
  at('note-label').hidden = false;
  at('note').focus();
}

/** Lets the person change an answer; the answer as changed becomes the chosen one of a pair to train on. */
function edit(side, text) {
  const pair = asked?.pair;
  if (!pair || (edited && edited.side === side)) return;
  if (edited) drop();
  edited = { side, text: text ?? (side ? pair.second : pair.first) };
  const field = el('textarea', { class: 'edit', dir: 'auto', 'aria-label': 'The answer as you would have it',
    input: event => { edited.text = event.target.value; }, value: edited.text });
  const section = at('side-' + side);
  section.querySelector('.text').hidden = true;
  section.append(el('div', { class: 'editing' }, field, el('p', { class: 'row' },
    el('button', { type: 'button', class: 'small', click: drop }, 'Drop the edit'),
    el('span', { class: 'quiet' }, 'Esc goes back to the keys; the edit goes with your vote for this answer, a tie or both bad.'))));
  field.focus();
}

function drop() {
  document.querySelector('.editing')?.remove();
  document.querySelectorAll('.side .text').forEach(text => { text.hidden = false; });
  edited = null;
}

function vote(choice) {
  const pair = asked?.pair;
  if (!pair) return;
  const other = edited && (choice === 'first' ? edited.side === 1 : choice === 'second' && edited.side === 0);
  if (other) {
    tell('You edited the other answer: vote for that one, a tie or both bad, or drop the edit.');
    return;
  }
  const changed = edited && edited.text !== (edited.side ? pair.second : pair.first) ? edited.text : null;
  next('vote', { id: pair.id, choice, seconds: (performance.now() - shownAt) / 1000, note: note.trim() || null, edited: changed });
}

const ACTIONS = [
  ['←', 'First better', () => vote('first')],
  ['↓', 'Tie', () => vote('tie')],
  ['→', 'Second better', () => vote('second')],
  ['b', 'Both bad', () => vote('both_bad')],
  ['s', 'Skip', () => asked?.pair && next('skip', { id: asked.pair.id })],
  ['u', 'Undo', () => next('undo')],
  ['n', 'Note', () => asked?.pair && openNote()],
];

const KEYS = { ArrowLeft: 0, ArrowDown: 1, ArrowRight: 2, b: 3, s: 4, u: 5, n: 6 };

function drawEnd(document) {
  const words = {
    skipped: 'You judged all pairs but those that you skipped.',
    waiting: 'The pairs that are left lie before others just now.',
    done: 'That was the last pair. Thank you.',
  }[document.standing];
  at('main').dataset.pair = '';
  at('main').replaceChildren(el('section', { class: 'panel', id: 'end' }, el('p', {}, words),
    el('p', { class: 'row' },
      document.standing === 'skipped' && el('button', { type: 'button', class: 'main', click: () => next('again') }, 'Show them again'),
      document.standing === 'waiting' && el('button', { type: 'button', class: 'main', click: () => next('next') }, 'Look again'),
      el('button', { type: 'button', click: () => next('undo') }, 'Undo', el('kbd', {}, 'u')))), details());
  at('keys').replaceChildren();
}

addEventListener('keydown', event => {
  const typing = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
  if (event.key === 'Escape' && typing && !at('ask-name').open) {
    event.target.blur();
    return;
  }
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || at('ask-name').open) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === '1' || key === '2') {
    event.preventDefault();
    edit(Number(key) - 1);
  } else if (key in KEYS) {
    event.preventDefault();
    ACTIONS[KEYS[key]][2]();
  }
});

function askName() {
  at('name').value = person;
  at('ask-name').showModal();
}

at('person').addEventListener('click', askName);
at('ask-name').addEventListener('close', () => {
  const name = at('name').value.trim();
  if (!name) {
    if (!person) askName();
    return;
  }
  person = name;
  sessionStorage.setItem(NAME, name);
  next('next');
});

setInterval(async () => {
  if (busy || !person || !asked) return;
  try {
    const progress = await ask('progress', {});
    if (!busy) howFar(progress);
  } catch (gone) {
    tell(gone.message);
  }
}, 10000);

doing(async () => {
  const start = await ask('start');
  person = person || start.annotator || '';
  if (person) show(await ask('next', {}));
  else askName();
});
