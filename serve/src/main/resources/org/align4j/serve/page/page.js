import { chat } from './chat.js';
import { files } from './files.js';
import { job, jobs } from './jobs.js';
import { el, fill, key, tell } from './parts.js';
import { usage } from './usage.js';

const main = document.getElementById('main');
const dialog = document.getElementById('ask-key');
const text = document.getElementById('key-text');

/** Shows the part that the address names: #jobs, #jobs/ID, #files, #chat, #chat/MODEL, #usage. */
async function show() {
  const [part, ...rest] = location.hash.slice(1).split('/');
  const about = decodeURIComponent(rest.join('/'));
  const name = ['jobs', 'files', 'chat', 'usage'].includes(part) ? part : 'jobs';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === '#' + name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  // A part that is still being fetched writes into a place that is gone by then.
  const place = el('div');
  fill(main, place);
  try {
    if (name === 'files') await files(place);
    else if (name === 'chat') await chat(place, about);
    else if (name === 'usage') await usage(place);
    else if (about) await job(place, about);
    else await jobs(place);
  } catch (failed) {
    fill(place, el('p', { class: 'red' }, failed.message));
    if (failed.status === 401) askKey();
    else tell(failed.message);
  }
}

function askKey() {
  text.value = '';
  if (!dialog.open) dialog.showModal();
}

dialog.addEventListener('close', () => {
  if (dialog.returnValue === 'ok') {
    key.set(text.value.trim());
    show();
  }
});
document.getElementById('key').addEventListener('click', askKey);
addEventListener('hashchange', show);
show();
