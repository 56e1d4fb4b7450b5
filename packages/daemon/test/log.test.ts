import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { createLog, Once, systemClock } from '@callsign/daemon';

function logging(format: 'text' | 'json', level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = [];
  const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
  return { lines, log: createLog({ level, format, write: (line) => lines.push(line), clock }) };
}

describe('log', () => {
  it('writes a program one JSON object a line', () => {
    const { lines, log } = logging('json');
    log.child({ part: 'dns' }).info('serving', { port: 53 });
    const expected = {
      time: '2026-01-02T03:04:05.000Z',
      level: 'info',
      message: 'serving',
      part: 'dns',
      port: 53,
    };
    assert.deepEqual(JSON.parse(lines[0] ?? ''), expected);
  });

  it('writes a person a line to read', () => {
    const { lines, log } = logging('text');
    log.warn('the store is away', { store: 'etcd://h:2379', note: 'two words' });
    assert.equal(
      stripVTControlCharacters(lines[0] ?? ''),
      '03:04:05.000 warn  the store is away store=etcd://h:2379 note="two words"',
    );
  });

  it('does not let strangers draw on the terminal', () => {
    const { lines, log } = logging('text');
    log.info('a\u001b[2Jb\nc', { name: '\u001b[31m', text: '\u009b31m\u007f' });
    assert.doesNotMatch(stripVTControlCharacters(lines[0] ?? ''), /\p{Cc}/u);
    assert.match(lines[0] ?? '', /text.*=.*\\x9b31m\\x7f/);
  });

  it('leaves out what is below its level', () => {
    const { lines, log } = logging('json', 'warn');
    log.info('no');
    log.error('yes');
    assert.equal(lines.length, 1);
  });
});

describe('once', () => {
  it('is true for each new content, and again after it was forgotten', () => {
    const once = new Once(2);
    assert.deepEqual([once.first('a', '1'), once.first('a', '1'), once.first('a', '2')], [true, false, true]);
    once.forget('a');
    assert.equal(once.first('a', '2'), true);
    once.first('b');
    once.first('c');
    assert.equal(once.first('a', '2'), true, 'the oldest is forgotten beyond the bound');
  });
});
