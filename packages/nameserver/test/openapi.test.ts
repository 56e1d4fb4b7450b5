import assert from 'node:assert/strict';
import { EmbeddedStore } from '@callsign/catalog';
import { type Route, silentLog, systemClock } from '@callsign/daemon';
import { Directory } from '../src/api/directory.ts';
import { dnsdockRoutes } from '../src/api/dnsdock.ts';
import { openApi } from '../src/api/openapi/document.ts';
import { openApiPage } from '../src/api/openapi/page.ts';
import { apiRoutes } from '../src/api/routes.ts';
import { SkyDns1Api, skydns1Routes } from '../src/api/skydns1.ts';
import { Follower } from '../src/follow/follower.ts';
import { ZoneCopies } from '../src/zone-copies.ts';
import { checkSpoken, problemsOf } from './support/openapi.ts';
import { running } from './support/running.ts';

const OPENAPI = openApi();
const OPERATIONS = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
/** They tell of the others. */
const ABOUT = ['GET /v1/openapi.json', 'GET /v1/docs'];

describe('the OpenAPI document', () => {
  it('describes every route, and none that there is not', async () => {
    const described = OPERATIONS.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = (await servedRoutes()).map(
      ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    assert.deepEqual([...described, ...ABOUT].toSorted(), served.toSorted());
  });

  for (const { path, method, operation } of OPERATIONS) {
    it(`names the parameters in the path of ${method} ${path}`, () => {
      const inPath = (operation.parameters ?? [])
        .filter((each) => each.in === 'path')
        .map(({ name }) => `{${name}}`);
      assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? []);
    });
  }

  it('leads nowhere that does not exist, and has nothing that nobody leads to', () => {
    const led = new Set(
      [...JSON.stringify(OPENAPI).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name),
    );
    assert.deepEqual([...led].toSorted(), Object.keys(OPENAPI.components.schemas).toSorted());
  });

  it('calls each operation by a name of its own', () => {
    const names = OPERATIONS.map(({ operation }) => operation.operationId);
    assert.equal(new Set(names).size, names.length);
  });

  it('is served, and shown as a page that loads nothing', async () => {
    await using server = await running();
    const { json, status } = await server.request('GET', '/v1/openapi.json');
    assert.deepEqual([status, json], [200, JSON.parse(JSON.stringify(OPENAPI))]);
    const page = await server.request('GET', '/v1/docs');
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    for (const { path } of OPERATIONS) assert.ok(page.text.includes(path), path);
    assert.doesNotMatch(openApiPage(OPENAPI), /<script|src=|https?:|url\(/);
  });
});

describe('the OpenAPI document of a nameserver without the dialects', () => {
  it('does not tell of what is not served', () => {
    const paths = Object.keys(openApi({ noSkydns1: true, noDnsdock: true }).paths);
    assert.deepEqual(
      paths.filter((path) => !path.startsWith('/v1/')),
      [],
    );
  });
});

describe('what holds requests and answers against it', () => {
  const service = OPENAPI.components.schemas.Service ?? {};
  const whole = {
    name: 'a.docker.',
    revision: 1,
    host: '10.0.0.1',
    port: 1,
    priority: 0,
    weight: 0,
    text: '',
    mail: false,
    ttl: 0,
    targetstrip: 0,
    group: '',
  };

  for (const [what, value, problems] of [
    ['a service', whole, []],
    ['no object', [], ['$ is no object']],
    ['a field too many', { ...whole, colour: 'red' }, ['$.colour is not described']],
    ['a wrong type', { ...whole, port: '1' }, ['$.port is no integer']],
    ['a number too large', { ...whole, port: 65_536 }, ['$.port is above 65535']],
  ] as const) {
    it(`sees ${what}`, () => {
      const found = problemsOf(value, service).filter((problem) => !problem.includes('missing'));
      assert.deepEqual(found, problems);
    });
  }

  it('sees what is missing, and answers that are not described', () => {
    const { host: _host, ...rest } = whole;
    assert.deepEqual(problemsOf(rest, service), ['$.host is missing']);
    const spoken = { method: 'GET', path: '/v1/status', body: undefined, type: null, answer: {} };
    assert.throws(() => checkSpoken({ ...spoken, status: 418 }), /knows no such answer/);
    assert.throws(() => checkSpoken({ ...spoken, status: 200 }), /type of the answer/);
  });

  it('sees JSON that calls itself plain text, unless it is not served', () => {
    const spoken = {
      method: 'GET',
      path: '/skydns/services/1',
      body: undefined,
      type: 'text/plain',
      answer: {},
    };
    assert.throws(() => checkSpoken({ ...spoken, status: 200 }), /UUID is missing/);
    checkSpoken({ ...spoken, status: 404, type: null, dialects: { noSkydns1: true } });
  });
});

async function servedRoutes(): Promise<readonly Route[]> {
  const store = await EmbeddedStore.open({});
  const zone = { domains: ['docker.'], ttl: 30, negativeTtl: 5 };
  const follower = new Follower({ store, zone, log: silentLog, publish: () => undefined });
  const nobody = () => assert.fail('nobody asks');
  const responder = { respond: nobody };
  const explainer = { explain: nobody } as never;
  const directory = new Directory(store, follower, new ZoneCopies());
  const parts = {
    directory,
    store,
    responder,
    explainer,
    status: nobody,
    document: OPENAPI,
    traffic: { after: nobody },
  };
  const skydns1 = new SkyDns1Api(directory, systemClock, silentLog);
  return [...apiRoutes(parts), ...skydns1Routes(skydns1), ...dnsdockRoutes(directory)];
}
