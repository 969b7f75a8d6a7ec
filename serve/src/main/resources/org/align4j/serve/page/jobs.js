import { ask, bytes, doing, download, duration, el, fill, key, read, tag, tell, time } from './parts.js';

const LOOK = 2000;
const LIVE = ['validating_files', 'queued', 'running', 'paused'];

/** Looks again and again while the element that is shown stays on the page. */
function follow(element, look) {
  let last = '';
  const turn = async () => {
    if (!element.isConnected) return;
    try {
      if (!document.hidden) last = await look(last);
    } catch (failed) {
      tell(failed.message);
    }
    setTimeout(turn, LOOK);
  };
  return turn();
}

/** Shows all jobs, the newest first. */
export async function jobs(main) {
  const list = el('ul', { class: 'list' });
  fill(main, el('h1', {}, 'Jobs'), el('section', { class: 'panel' }, list));
  await follow(list, async last => {
    const page = await read('/v1/fine_tuning/jobs?limit=50');
    const state = JSON.stringify(page.data);
    if (state !== last) {
      fill(list, page.data.length ? page.data.map(line)
        : el('li', {}, 'No job yet. ', el('a', { href: '#files' }, 'Send a file'), ' and train on it.'));
    }
    return state;
  });
}

function line(job) {
  return el('li', {}, el('div', { class: 'row' },
    el('a', { class: 'grow name', href: '#jobs/' + encodeURIComponent(job.id) }, job.fine_tuned_model || job.id),
    el('span', { class: 'quiet' }, job.method.type + ' on ' + job.model + ', ' + time(job.created_at)
      + (job.estimated_finish && job.status === 'running' ? ', ' + left(job) + ' left' : '')),
    tag(job.status)));
}

const left = job => duration(job.estimated_finish - Date.now() / 1000);

/** Shows one job as it goes on. */
export async function job(main, id) {
  const path = '/v1/fine_tuning/jobs/' + encodeURIComponent(id);
  const head = el('section', { class: 'panel' });
  const curves = el('section', { class: 'panel curves', 'aria-label': 'Curves' });
  const events = el('ul', { class: 'list events' });
  const models = el('section', { class: 'panel' });
  fill(main, el('p', {}, el('a', { href: '#jobs' }, 'All jobs')), el('h1', {}, id), head, models, curves,
    el('section', { class: 'panel' }, el('h2', {}, 'Events'), events));
  const drawn = new Map();
  await follow(head, async last => {
    const [now, more, told, checkpoints] = await Promise.all([read(path), read('/ui/api/jobs/' + encodeURIComponent(id)),
      read(path + '/events?limit=100'), read(path + '/checkpoints?limit=10')]);
    const state = JSON.stringify([now, more, told, checkpoints]);
    if (state !== last) {
      facts(head, now, more, path);
      fill(events, told.data.map(event => el('li', { class: event.level }, el('span', { class: 'quiet' },
        new Date(event.created_at * 1000).toLocaleTimeString() + ' '), el('span', { class: 'name' }, event.message))));
      offer(models, now, checkpoints.data);
    }
    // Where nothing is new the window may have another width, or the screen other colours.
    draw(curves, drawn, more.curves);
    return state;
  });
}

function facts(head, job, more, path) {
  const fact = (name, value) => value === null || value === undefined || value === '' ? null
    : el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const change = verb => el('button', { type: 'button', click: doing(async () => {
    await ask(path + '/' + verb, { method: 'POST' });
    tell('Asked to ' + verb + '.');
  }) }, verb[0].toUpperCase() + verb.slice(1));
  const numbers = job.method[job.method.type].hyperparameters;
  fill(head,
    el('div', { class: 'row' }, tag(job.status),
      el('span', { class: 'grow quiet' }, more.total_steps ? 'step ' + more.step + ' of ' + more.total_steps : ''),
      ['validating_files', 'queued', 'running'].includes(job.status) && change('pause'),
      job.status === 'paused' && change('resume'),
      LIVE.includes(job.status) && change('cancel'),
      more.report && report(job)),
    more.total_steps > 0 && el('progress', { max: more.total_steps, value: more.step, 'aria-label': 'Steps done' }),
    job.error && el('p', { class: 'red' }, job.error.code + ': ' + job.error.message),
    el('dl', { class: 'facts' },
      fact('Model', job.model), fact('Method', job.method.type), fact('Came by', more.door), fact('Rows', job.training_file),
      fact('Held-out rows', job.validation_file),
      Object.entries(numbers).map(([name, value]) => fact(name, value)), fact('Seed', job.seed),
      fact('Begun', time(job.created_at)),
      fact('Time left', job.status === 'running' && job.estimated_finish ? left(job) : null),
      fact('Ended', job.finished_at && time(job.finished_at)),
      fact('Memory, forecast', more.memory_bytes ? bytes(more.memory_bytes) + ' at the peak' : null),
      fact('Memory free now', LIVE.includes(job.status) ? bytes(more.free_bytes) : null),
      fact('Tokens trained on', job.trained_tokens && job.trained_tokens.toLocaleString())));
}

function report(job) {
  const path = '/ui/api/jobs/' + encodeURIComponent(job.id) + '/report';
  return key.get() ? download(path, job.id + '.html', 'Report')
    : el('a', { class: 'button', href: path, target: '_blank', rel: 'noopener' }, 'Report');
}

function offer(place, job, checkpoints) {
  const model = (name, step) => {
    const query = '?model=' + encodeURIComponent(name);
    return el('li', {}, el('div', { class: 'row' }, el('span', { class: 'grow name' }, name,
      step === null ? '' : el('span', { class: 'quiet' }, ' after step ' + step)),
    el('a', { class: 'button', href: '#chat/' + encodeURIComponent(name) }, 'Chat'),
    download('/ui/api/adapter' + query, 'adapter.zip', 'Adapter'),
    download('/ui/api/merged' + query, 'merged.zip', 'Merged model')));
  };
  const all = [job.fine_tuned_model && model(job.fine_tuned_model, null),
    ...checkpoints.map(each => model(each.fine_tuned_model_checkpoint, each.step_number))].filter(Boolean);
  place.hidden = all.length === 0;
  fill(place, el('h2', {}, 'Models'), el('ul', { class: 'list' }, all));
}

/** Draws the curves that there are figures for, and gives those that are drawn the newest figures. */
function draw(place, drawn, curves) {
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(name).trim();
  const scheme = colour('--page');
  const wanted = curves.map(({ title, series }) => [title, Object.entries(series).filter(([, points]) => points.length)])
    .filter(([, there]) => there.length);
  place.hidden = wanted.length === 0;
  // All places first: how wide one is depends on how many there are.
  for (const [title] of wanted) {
    if (!drawn.has(title)) drawn.set(title, { box: place.appendChild(el('div', { class: 'curve' })) });
  }
  for (const [title, there] of wanted) {
    const data = joined(there.map(([, points]) => points));
    const names = there.map(([name]) => name).join();
    const known = drawn.get(title);
    const { box } = known;
    if (known.names === names && known.scheme === scheme && known.width === box.clientWidth) {
      known.plot.setData(data);
      continue;
    }
    known.plot?.destroy();
    fill(box);
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line') }, ticks: { stroke: colour('--line') } };
    const plot = new uPlot({
      title, width: Math.max(200, box.clientWidth), height: 220, scales: { x: { time: false } },
      axes: [{ ...axis }, { ...axis, size: 72, values: (self, splits) => splits.map(short) }],
      series: [{ label: 'step' }, ...there.map(([name, points], at) => ({ label: name, stroke: colour('--curve-' + (at + 1)),
        width: 2, spanGaps: true, points: { show: points.length < 30 } }))],
    }, data, box);
    drawn.set(title, { plot, box, names, scheme, width: box.clientWidth });
  }
}

const short = value => value === null ? '' : String(Number(value.toPrecision(4)));

/** Brings several curves to one list of steps, with gaps. */
function joined(curves) {
  const steps = [...new Set(curves.flat().map(point => point[0]))].sort((a, b) => a - b);
  return [steps, ...curves.map(curve => {
    const values = new Map(curve);
    return steps.map(step => values.has(step) ? values.get(step) : null);
  })];
}
