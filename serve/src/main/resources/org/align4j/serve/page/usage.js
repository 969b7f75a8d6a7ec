import { el, fill, read } from './parts.js';

/** Shows what the project used: requests and tokens a day, a key and a model. */
export async function usage(main) {
  const { days } = await read('/ui/api/usage');
  const number = value => el('td', { class: 'number' }, value.toLocaleString());
  fill(main, el('h1', {}, 'Usage'),
    el('section', { class: 'panel scroll' },
      days.length
        ? el('table', {},
          el('thead', {}, el('tr', {}, ['Day', 'Key', 'Model', 'Requests', 'Tokens read', 'of them reused', 'Tokens made']
            .map(name => el('th', { scope: 'col' }, name)))),
          el('tbody', {}, days.map(row => el('tr', {},
            el('td', {}, row.day), el('td', {}, row.key || '–'), el('td', { class: 'name' }, row.model),
            number(row.requests), number(row.prompt_tokens), number(row.cached_tokens), number(row.completion_tokens)))))
        : el('p', { class: 'quiet' }, 'Nobody asked a model yet.'),
      el('p', { class: 'quiet' }, 'Days are of UTC; the last 31 are shown.')));
}
