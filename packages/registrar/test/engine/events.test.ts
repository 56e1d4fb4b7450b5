import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readEvent, readEvents } from '../../src/engine/events.ts';

const START = '{"Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"name":"x"}}}';

describe('event stream', () => {
  for (const [line, expected] of [
    [START, { container: 'abc', action: 'start' }],
    [
      '{"Type":"container","Action":"health_status: healthy","Actor":{"ID":"abc"}}',
      { container: 'abc', action: 'health_status' },
    ],
    [
      '{"Type":"network","Action":"connect","Actor":{"ID":"net","Attributes":{"container":"abc"}}}',
      { container: 'abc', action: 'connect' },
    ],
    [
      '{"Type":"network","Action":"disconnect","Actor":{"ID":"abc","Attributes":{"name":"of a container"}}}',
      { container: 'abc', action: 'disconnect' },
    ],
    ['{"Type":"container","Action":"died","Actor":{"ID":"abc"}}', { container: 'abc', action: 'die' }],
    [
      '{"Type":"container","Action":"kill","Actor":{"ID":"abc","Attributes":{"signal":"15"}}}',
      { container: 'abc', action: 'kill', signal: 15 },
    ],
    ['{"status":"start","from":"crosbymichael/redis","id":"3"}', { container: '3', action: 'start' }],
    ['{"Type":"network","Action":"create","Actor":{"ID":"net","Attributes":{}}}', undefined],
    [
      '{"Type":"service","Action":"update","Actor":{"ID":"svc","Attributes":{"name":"web"}},"scope":"swarm"}',
      { container: 'svc', action: 'update' },
    ],
    ['{"Type":"service","Action":"create","Actor":{"ID":"svc"}}', { container: 'svc', action: 'create' }],
    ['{"Type":"container","Action":"create","Actor":{"ID":"abc"}}', undefined],
    ['{"Type":"image","Action":"pull","Actor":{"ID":"redis"}}', undefined],
    ['{"Type":"container","Action":5,"Actor":{"ID":"abc"}}', undefined],
    ['{"Type":"container","Action":"start","Actor":null}', undefined],
    ['{"Type":"container","Action":"start","Actor":{"ID":["abc"]}}', undefined],
    ['null', undefined],
    ['[]', undefined],
    ['', undefined],
    ['{"Type":"container","Ac', undefined],
    ['\u0000garbage', undefined],
  ] as const) {
    it(`reads ${line}`, () => assert.deepEqual(readEvent(line), expected));
  }

  it('reads the same however the stream is cut, garbage in between', async () => {
    const stream = `${START}\nnonsense\n{"half":\n\r\n${START.replace('abc', 'dé')}\n`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 8 }), async (cuts) => {
        const found = await collected(pieces(stream, cuts));
        assert.deepEqual(found, ['abc', 'dé']);
      }),
      { numRuns: 200 },
    );
  });

  it('reads of a line that is too long who it is about, and what comes after it', async () => {
    const labels = 'x'.repeat(1 << 22);
    const long = START.replace('abc', 'long').replace('"x"', `"x","label":"${labels}"`);
    const cuts = Array.from({ length: 64 }, (_, at) => at << 16);
    assert.deepEqual(await collected(pieces(`${long}\n${labels}\n${START}\n`, cuts)), ['long', 'abc']);
  });
});

async function collected(stream: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const { container } of readEvents(stream)) found.push(container);
  return found;
}

async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
  for (const [at, place] of places.entries()) yield text.slice(place, places[at + 1] ?? text.length);
}
