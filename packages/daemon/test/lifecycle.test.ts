import assert from 'node:assert/strict';
import { CallsignError, createLog, Lifecycle, type Part, silentLog } from '@callsign/daemon';

function recording(log: string[], name: string, faults: Partial<Part> = {}): Part {
  return {
    name,
    start: async () => void log.push(`start ${name}`),
    close: async () => void log.push(`close ${name}`),
    ...faults,
  };
}

const signal = new AbortController().signal;

describe('lifecycle', () => {
  it('starts in order and closes once, in reverse', async () => {
    const log: string[] = [];
    const all = new Lifecycle('all', [recording(log, 'a'), recording(log, 'b')], silentLog);
    await all.start(signal);
    await Promise.all([all.close(), all.close()]);
    assert.deepEqual(log, ['start a', 'start b', 'close b', 'close a']);
  });

  it('closes what was started when a start fails', async () => {
    const log: string[] = [];
    const broken = recording(log, 'b', { start: async () => assert.fail('no luck') });
    const all = new Lifecycle('all', [recording(log, 'a'), broken, recording(log, 'c')], silentLog);
    await assert.rejects(all.start(signal), /no luck/);
    assert.deepEqual(log, ['start a', 'close b', 'close a']);
  });

  it('does not wait for ever for a part that hangs, nor stop at one that fails', async () => {
    const log: string[] = [];
    const hanging = recording(log, 'b', { close: () => new Promise(() => undefined) });
    const failing = recording(log, 'c', { close: async () => assert.fail('no luck') });
    const all = new Lifecycle('all', [recording(log, 'a'), hanging, failing], silentLog, 10);
    await all.start(signal);
    await all.close();
    assert.equal(log.at(-1), 'close a');
  });

  it('says why a part did not close, and what to do about it', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', format: 'json', write: (line) => lines.push(line) });
    const details = { cause: new Error('the disk is full'), cure: 'Free some space' };
    const error = new CallsignError('STORE_FILE', 'not saved', details);
    const failing = recording([], 'a', { close: () => Promise.reject(error) });
    const all = new Lifecycle('all', [failing], log);
    await all.start(signal);
    await all.close();
    assert.match(lines.join(), /a did not close cleanly.*not saved: the disk is full. Free some space/);
  });

  it('starts nothing more once it is closed, and closes what was being started', async () => {
    const log: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = recording(log, 'a', { start: () => promise });
    const all = new Lifecycle('all', [slow, recording(log, 'b')], silentLog);
    const started = all.start(signal);
    const closed = all.close();
    resolve();
    await assert.rejects(started, { name: 'AbortError' });
    await closed;
    assert.deepEqual(log, ['close a']);
  });

  it('starts nothing more once it is asked to end', async () => {
    const log: string[] = [];
    const all = new Lifecycle('all', [recording(log, 'a')], silentLog);
    await assert.rejects(all.start(AbortSignal.abort()), { name: 'AbortError' });
    assert.deepEqual(log, []);
  });
});
