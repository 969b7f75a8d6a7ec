// Makes elements, asks the server, writes figures. What comes from the server or from people becomes text nodes, never markup.

/** Makes an element: attributes by name, handlers by function, children as text or elements. */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (name === 'value' || name === 'checked' || name === 'disabled') made[name] = value;
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  put(made, children);
  return made;
}

/** Puts children in the place of what an element held. */
export function fill(element, ...children) {
  element.replaceChildren();
  put(element, children);
}

function put(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
}

let said;

/** Tells the person something for some seconds. */
export function tell(text) {
  const told = document.getElementById('told');
  fill(told, el('span', {}, text));
  clearTimeout(said);
  said = setTimeout(() => fill(told), 8000);
}

const KEY = 'align4j-key';

/** The key that requests carry, kept for this tab. */
export const key = {
  get: () => sessionStorage.getItem(KEY) || '',
  set: text => text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY),
};

/** Sends a request to this server; what is refused is an error with the server's words. */
export async function ask(path, options = {}) {
  const headers = new Headers(options.headers || {});
  if (key.get()) headers.set('Authorization', 'Bearer ' + key.get());
  if (options.json !== undefined) headers.set('Content-Type', 'application/json');
  const response = await fetch(path, {
    ...options, headers, body: options.json === undefined ? options.body : JSON.stringify(options.json),
  });
  if (!response.ok) {
    const document = await response.json().catch(() => ({}));
    const error = document.error;
    const refused = new Error((error && (error.message || error)) || 'The server answered ' + response.status + '.');
    refused.status = response.status;
    throw refused;
  }
  return response;
}

export const read = async (path, options) => (await ask(path, options)).json();

/** Runs work that a person began, and tells what went wrong with it. */
export function doing(work) {
  return async event => {
    event?.preventDefault?.();
    const button = event?.currentTarget;
    if (button && 'disabled' in button) button.disabled = true;
    try {
      await work(event);
    } catch (failed) {
      tell(failed.message);
    } finally {
      if (button && 'disabled' in button) button.disabled = false;
    }
  };
}

/** A link that downloads; where requests need a key, the script fetches what a plain link could not. */
export function download(path, name, text) {
  if (!key.get()) return el('a', { class: 'button', href: path, download: name }, text);
  return el('button', { type: 'button', click: doing(async () => {
    const blob = await (await ask(path)).blob();
    const link = el('a', { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }) }, text);
}

export function bytes(count) {
  if (count >= 2 ** 30) return (count / 2 ** 30).toFixed(1) + ' GiB';
  if (count >= 2 ** 20) return (count / 2 ** 20).toFixed(0) + ' MiB';
  return count >= 1024 ? (count / 1024).toFixed(0) + ' KiB' : count + ' bytes';
}

export const time = seconds => new Date(seconds * 1000).toLocaleString();

export function duration(seconds) {
  if (seconds < 90) return Math.max(0, Math.round(seconds)) + ' s';
  if (seconds < 5400) return Math.round(seconds / 60) + ' min';
  return (seconds / 3600).toFixed(1) + ' h';
}

export const tag = word => el('span', { class: 'tag ' + word }, word.replace('_', ' '));
