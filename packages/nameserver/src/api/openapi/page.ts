import type { OpenApi, Operation, Schema } from './document.ts';

/** The document as one page for people, made on the server: it loads nothing and runs nothing. */
export function openApiPage({ info, paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationPart(method, path, operation)),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => schemaPart(name, schema));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}: REST API</title>
<style>${STYLE}</style>
<h1>${escaped(info.title)}: REST API</h1>
<p>${escaped(info.description)} For programs: <a href="openapi.json">openapi.json</a>.</p>
<h2>Requests</h2>
${operations.join('\n')}
<h2>Values</h2>
${schemas.join('\n')}
</html>
`;
}

const STYLE = `
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code{font:13px ui-monospace,monospace}details{border-top:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}
table{border-collapse:collapse;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0}
b{display:inline-block;min-width:4.5rem;text-transform:uppercase}`;

function operationPart(method: string, path: string, operation: Operation): string {
  const { summary, parameters = [], requestBody, responses, operationId } = operation;
  const told = parameters.map(({ name, in: where, description }) => [
    `<code>${name}</code>`,
    where,
    escaped(description),
  ]);
  const taken = Object.values(requestBody?.content ?? {}).map(({ schema }) => ['body', '', typeText(schema)]);
  const given = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const [first] = Object.values(content);
    return [status, first === undefined ? '' : typeText(first.schema), escaped(description)];
  });
  return `<details id="${operationId}"><summary><b>${method}</b><code>${escaped(path)}</code> ${escaped(summary)}</summary>
${table([...told, ...taken])}${table(given)}</details>`;
}

function schemaPart(name: string, schema: Schema): string {
  const { properties = {}, required = [] } = schema;
  const rows = Object.entries(properties).map(([field, value]) => [
    `<code>${field}</code>`,
    `${typeText(value)}${required.includes(field) ? '' : ', optional'}`,
    escaped(value.description ?? ''),
  ]);
  return `<details id="${name}" open><summary><code>${name}</code></summary>${table(rows)}</details>`;
}

function typeText(schema: Schema): string {
  const { $ref, type, items, contentSchema, enum: choices, minimum, maximum } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? '';
    return `<a href="#${name}">${name}</a>`;
  }
  if (contentSchema !== undefined) return typeText(contentSchema);
  if (choices !== undefined) return escaped(choices.join(', '));
  if (items !== undefined) return `list of ${typeText(items)}`;
  const range = maximum === undefined ? '' : ` ${minimum}–${maximum}`;
  return escaped(`${[type ?? 'object'].flat().join(' or ')}${range}`);
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return lines.length === 0 ? '' : `<table>${lines.join('')}</table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
