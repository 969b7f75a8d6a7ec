import { ask, doing, el, fill, read, tell } from './parts.js';

/** A chat with a tuned model and its base side by side. */
export async function chat(main, asked) {
  const models = (await read('/v1/models')).data;
  const bases = models.filter(model => model.owned_by === 'system').map(model => model.id);
  const tuned = models.filter(model => model.owned_by !== 'system').map(model => model.id).reverse();
  const all = [...tuned, ...bases];
  const chosen = all.includes(asked) ? asked : all[0];
  const baseOf = name => bases.find(base => name.startsWith('ft:' + base + ':')) || bases[0];
  const choice = (label, value) => el('select', { 'aria-label': label, change: () => again() },
    all.map(name => el('option', { value: name, selected: name === value }, name)));
  const sides = [side('Base', choice('Model on the left', baseOf(chosen))), side('Tuned', choice('Model on the right', chosen))];
  const system = el('input', { placeholder: 'none' });
  const tokens = el('input', { type: 'number', min: 1, max: 4096, value: 200 });
  const temperature = el('input', { type: 'number', min: 0, max: 2, step: 0.1, value: 0 });
  const text = el('textarea', { rows: 3, 'aria-label': 'Your message', placeholder: 'A message to both', keydown: event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  } });
  let running = null;
  const stop = el('button', { type: 'button', disabled: true, click: () => running?.abort() }, 'Stop');
  const again = () => {
    running?.abort();
    sides.forEach(each => { each.messages = []; fill(each.turns); });
  };
  const send = async event => {
    event.preventDefault();
    const said = text.value.trim();
    if (!said || running) return;
    text.value = '';
    running = new AbortController();
    stop.disabled = false;
    const settings = { max_completion_tokens: Number(tokens.value) || 200, temperature: Number(temperature.value) || 0,
      signal: running.signal, system: system.value.trim() };
    await Promise.all(sides.map(each => answer(each, said, settings)));
    running = null;
    stop.disabled = true;
    text.focus();
  };
  const form = el('form', { class: 'panel', submit: send }, text,
    el('div', { class: 'row' }, el('button', { class: 'main' }, 'Send'), stop,
      el('button', { type: 'button', click: again }, 'Begin again'), el('span', { class: 'quiet' }, 'Ctrl+Enter sends')),
    el('details', {}, el('summary', {}, 'Settings'), el('div', { class: 'fields' },
      el('label', {}, 'System message', system), el('label', {}, 'Most tokens of an answer', tokens),
      el('label', {}, 'Temperature', temperature))));
  fill(main, el('h1', {}, 'Chat'), el('div', { class: 'sides' }, sides.map(each => each.box)), form);
  text.focus();
}

function side(title, choice) {
  const turns = el('div', { 'aria-live': 'polite' });
  return { choice, turns, messages: [],
    box: el('section', { class: 'panel' }, el('h2', {}, title), choice, turns) };
}

function turn(place, who, text) {
  const words = document.createTextNode(text);
  const made = el('div', { class: 'turn' }, el('b', {}, who), words);
  place.append(made);
  made.scrollIntoView({ block: 'nearest' });
  return words;
}

async function answer(side, said, settings) {
  turn(side.turns, 'You', said);
  side.messages.push({ role: 'user', content: said });
  const words = turn(side.turns, side.choice.value, '');
  try {
    const response = await ask('/v1/chat/completions', { method: 'POST', signal: settings.signal, json: {
      model: side.choice.value, stream: true, temperature: settings.temperature,
      max_completion_tokens: settings.max_completion_tokens,
      messages: [...(settings.system ? [{ role: 'system', content: settings.system }] : []), ...side.messages] } });
    for await (const chunk of chunks(response)) {
      if (chunk.error) throw new Error(chunk.error.message);
      words.data += chunk.choices?.[0]?.delta?.content || '';
    }
  } catch (failed) {
    if (failed.name !== 'AbortError') {
      words.data += (words.data ? '\n' : '') + '(' + failed.message + ')';
      tell(failed.message);
    }
  }
  side.messages.push({ role: 'assistant', content: words.data });
}

/** Reads the documents of a stream of events, up to its end. */
async function* chunks(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const data = line.slice(5).trim();
      if (data === '[DONE]') return;
      yield JSON.parse(data);
    }
  }
}
