// Draws /openapi.json, without anything from elsewhere.
'use strict';

const methods = ['get', 'post', 'put', 'patch', 'delete'];

// el makes an element of children, which are elements or text.
function el(name, props, ...children) {
  const e = Object.assign(document.createElement(name), props);
  e.append(...children.filter((c) => c !== undefined && c !== ''));
  return e;
}

// prose sets words between backticks as code.
function prose(text) {
  return text.split('`').map((part, i) => (i % 2 ? el('code', {}, part) : part));
}

// resolve follows a schema's reference.
function resolve(doc, schema) {
  const name = schema?.$ref?.split('/').pop();
  return name ? doc.components.schemas[name] : (schema ?? {});
}

function typeOf(doc, schema) {
  const s = resolve(doc, schema);
  const type = [s.type ?? 'any'].flat().filter((t) => t !== 'null').join(' or ');
  return type === 'array' ? `${typeOf(doc, s.items)}[]` : type;
}

// example makes one of a schema's own examples and those of its parts.
function example(doc, schema, depth = 0) {
  const s = resolve(doc, schema);
  if (s.examples?.length) return s.examples[0];
  if (depth > 4) return undefined;
  switch ([s.type].flat().find((t) => t !== 'null')) {
    case 'object': {
      const parts = Object.entries(s.properties ?? {}).map(([k, v]) => [k, example(doc, v, depth + 1)]);
      const known = parts.filter(([, v]) => v !== undefined);
      return known.length ? Object.fromEntries(known) : undefined;
    }
    case 'array': {
      const item = example(doc, s.items, depth + 1);
      return item === undefined ? undefined : [item];
    }
    default:
      return undefined;
  }
}

function table(head, rows) {
  return el('div', { className: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, ...head.map((h) => el('th', { scope: 'col' }, h)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell)))))));
}

function fields(doc, schema) {
  const s = resolve(doc, schema);
  return Object.entries(s.properties ?? {}).map(([name, p]) => [
    el('code', {}, name), el('span', { className: 'quiet' }, typeOf(doc, p) + (s.required?.includes(name) ? '' : ', optional')),
    p.description ?? resolve(doc, p).description ?? '',
  ]);
}

function content(media, doc) {
  const [type, body] = Object.entries(media ?? {})[0] ?? [];
  if (!type) return [];
  const given = body.example ?? example(doc, body.schema);
  const text = typeof given === 'string' ? given : JSON.stringify(given, null, 2);
  const rows = fields(doc, body.schema);
  return [rows.length ? table(['field', 'type', ''], rows) : '', text ? el('pre', { tabIndex: 0 }, text) : ''];
}

function curl(doc, method, path, op) {
  const given = (p) => p.example ?? p.schema?.examples?.[0];
  let url = path;
  for (const p of op.parameters ?? []) {
    if (p.in === 'path') url = url.replace(`{${p.name}}`, encodeURIComponent(given(p) ?? p.name.toUpperCase()));
  }
  const query = (op.parameters ?? []).filter((p) => p.in === 'query' && given(p) !== undefined).map((p) => `${p.name}=${encodeURIComponent(given(p))}`);
  const named = op.security?.length === 1 && op.security[0].name;
  if (named) query.push('name=Ada');
  if (query.length) url += `?${query.join('&')}`;
  const words = ['curl', path.endsWith('/stream') ? '-N' : '', method === 'get' ? '' : `-X ${method.toUpperCase()}`];
  if (!op.security) words.push("-H 'Authorization: Bearer SECRET'");
  const [, body] = Object.entries(op.requestBody?.content ?? {})[0] ?? [];
  if (body) {
    const json = JSON.stringify(body.example ?? example(doc, body.schema) ?? {}).replaceAll("'", "'\\''");
    words.push("-H 'Content-Type: application/json'", `-d '${json}'`);
  }
  return [...words, `'${location.origin}${url}'`].filter(Boolean).join(' ');
}

function operation(doc, method, path, op) {
  const parameters = (op.parameters ?? []).map((p) => [
    el('code', {}, p.name), el('span', { className: 'quiet' }, p.in + (p.required ? '' : ', optional')), p.description ?? '',
  ]);
  const answers = Object.entries(op.responses ?? {}).filter(([status]) => status !== 'default');
  return el('section', { id: op.operationId },
    el('h3', {}, op.summary),
    el('code', {}, el('span', { className: 'method' }, method.toUpperCase()), el('span', { className: 'path' }, path)),
    op.description ? el('p', {}, ...prose(op.description)) : '',
    parameters.length ? table(['parameter', 'in', ''], parameters) : '',
    ...(op.requestBody ? [el('h4', {}, 'Body'), ...content(op.requestBody.content, doc)] : []),
    ...answers.flatMap(([status, a]) => [el('h4', {}, `Answer ${status}`), ...content(a.content, doc)]),
    el('h4', {}, 'Try it'), el('pre', { tabIndex: 0 }, curl(doc, method, path, op)));
}

function draw(doc) {
  document.getElementById('about').replaceChildren(...prose(doc.info.description), ` Version ${doc.info.version}; `, el('a', { href: '/openapi.json' }, '/openapi.json'), '.');
  const all = Object.entries(doc.paths).flatMap(([path, ops]) => methods.filter((m) => ops[m]).map((m) => [m, path, ops[m]]));
  const list = el('ul', {});
  for (const tag of doc.tags) {
    const group = all.filter(([, , op]) => op.tags?.includes(tag.name));
    for (const [method, path, op] of group) {
      list.append(el('li', {}, el('a', { href: `#${op.operationId}` }, el('code', {}, `${method.toUpperCase()} ${path}`))));
    }
    document.getElementById('operations').append(
      el('h2', {}, tag.name), el('p', { className: 'quiet' }, tag.description), ...group.map((o) => operation(doc, ...o)));
  }
  document.getElementById('index').append(list);
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  document.getElementById('operations').append(el('h2', { id: 'errors' }, 'Errors'), ...content(problem, doc));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function read() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`/openapi.json: ${answer.status}`);
  draw(await answer.json());
}

read().catch((err) => {
  document.getElementById('about').textContent = `The description cannot be read: ${err.message}. Load the page again.`;
});
