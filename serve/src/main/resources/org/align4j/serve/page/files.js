import { ask, bytes, doing, el, fill, read, tag, tell, time } from './parts.js';

const verdicts = new Map();

/** Shows the files with rows: sends them, has the doctor look at them, begins a job of one. */
export async function files(main) {
  const list = el('ul', { class: 'list' });
  const chosen = el('input', { type: 'file', id: 'choose', accept: '.jsonl,.json,application/jsonl',
    change: doing(() => send(chosen, list)) });
  fill(main, el('h1', {}, 'Files'),
    el('section', { class: 'panel' },
      el('label', { for: 'choose' }, 'Send a file of rows to train on, one JSON object per line: pairs (dpo) or chats (supervised)'),
      chosen),
    el('section', { class: 'panel', 'aria-label': 'Files on the server' }, list));
  await show(list);
}

async function send(chosen, list) {
  if (!chosen.files.length) return;
  const form = new FormData();
  form.append('purpose', 'fine-tune');
  form.append('file', chosen.files[0]);
  const sent = await read('/v1/files', { method: 'POST', body: form });
  chosen.value = '';
  tell(sent.filename + ' was sent.');
  await show(list);
}

async function show(list) {
  const page = await read('/v1/files?purpose=fine-tune&limit=100');
  fill(list, page.data.length
    ? page.data.map(file => line(file, list))
    : el('li', { class: 'quiet' }, 'No file is here yet.'));
}

function line(file, list) {
  const verdict = el('div');
  const item = el('li', {},
    el('div', { class: 'row' },
      el('span', { class: 'grow name' }, file.filename),
      el('span', { class: 'quiet' }, bytes(file.bytes) + ', ' + time(file.created_at))),
    verdict,
    el('div', { class: 'row' },
      el('button', { type: 'button', class: 'main', click: doing(() => form(item, file)) }, 'Train on this file'),
      el('button', { type: 'button', click: doing(async () => {
        if (!confirm('Delete ' + file.filename + '?')) return;
        await ask('/v1/files/' + encodeURIComponent(file.id), { method: 'DELETE' });
        await show(list);
      }) }, 'Delete')));
  examine(file).then(found => said(verdict, found), failed => fill(verdict, el('p', { class: 'red' }, failed.message)));
  return item;
}

function examine(file) {
  if (!verdicts.has(file.id)) {
    const asked = read('/ui/api/files/' + encodeURIComponent(file.id) + '/doctor');
    asked.catch(() => verdicts.delete(file.id));
    verdicts.set(file.id, asked);
  }
  return verdicts.get(file.id);
}

function said(place, found) {
  const notable = found.findings.filter(finding => finding.level !== 'green');
  const passed = found.findings.length - notable.length;
  fill(place, el('details', {},
    el('summary', {}, tag(found.verdict), ' the doctor looked at ', found.rows, ' rows: ',
      notable.length ? notable.map(finding => finding.id).join(', ') : 'nothing found'),
    el('ul', { class: 'list' },
      notable.map(finding => el('li', {}, tag(finding.level), ' ', el('b', {}, finding.id), ': ', finding.said,
        el('div', { class: 'quiet' }, finding.advice),
        finding.lines.map(where => el('div', { class: 'quiet name' }, where)))),
      el('li', { class: 'quiet' }, passed + ' checks found nothing.'))));
}

async function form(item, file) {
  item.querySelector('form')?.remove();
  const [models, found] = await Promise.all([read('/v1/models'), examine(file).catch(() => ({ method: 'dpo' }))]);
  const bases = models.data.filter(model => model.owned_by === 'system').map(model => model.id);
  const field = (label, input) => el('label', {}, label, input);
  const choice = (options, value) => el('select', { value }, options.map(each =>
    el('option', { value: each, selected: each === value }, each)));
  const number = (step, min) => el('input', { type: 'number', placeholder: 'auto', step, min });
  const model = choice(bases, bases[0]);
  const method = choice(['dpo', 'supervised'], found.method);
  const suffix = el('input', { maxlength: 64, placeholder: 'none' });
  const epochs = number(1, 1);
  const batch = number(1, 1);
  const rate = number('any', 0);
  const beta = number('any', 0);
  const betaField = field('beta', beta);
  const shown = () => { betaField.hidden = method.value !== 'dpo'; };
  method.addEventListener('change', shown);
  shown();
  const start = doing(async () => {
    const given = {};
    if (epochs.value) given.n_epochs = Number(epochs.value);
    if (batch.value) given.batch_size = Number(batch.value);
    if (rate.value) given.learning_rate_multiplier = Number(rate.value);
    if (beta.value && method.value === 'dpo') given.beta = Number(beta.value);
    const job = await read('/v1/fine_tuning/jobs', { method: 'POST', json: {
      model: model.value, training_file: file.id, ...(suffix.value ? { suffix: suffix.value } : {}),
      method: { type: method.value, [method.value]: { hyperparameters: given } } } });
    location.hash = '#jobs/' + job.id;
  });
  const made = el('form', { class: 'panel', submit: start },
    el('div', { class: 'fields' }, field('Model', model), field('Method', method), field('Suffix of its name', suffix),
      field('Epochs', epochs), field('Rows per step', batch), field('Learning rate, times the usual', rate), betaField),
    el('p', { class: 'row' }, el('button', { class: 'main' }, 'Start the job')));
  item.append(made);
  made.querySelector('button').focus();
}
