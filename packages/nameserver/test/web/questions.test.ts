import assert from 'node:assert/strict';
import { exec } from '../../../../test/support/exec.ts';
import { digLine, questionsFor } from '../../src/web/model/questions.ts';
import { serviceOf } from './services.ts';

const NAME = 'a.n1.eu.web1.web.dev.docker.';

describe('the dashboard: the questions that find a service', () => {
  for (const [title, service, asked] of [
    [
      'a container',
      serviceOf(NAME),
      [
        `${NAME} A`,
        'web1.web.dev.docker. A',
        'web.dev.docker. A',
        'web.dev.docker. SRV',
        '5.0.0.10.in-addr.arpa. PTR',
      ],
    ],
    [
      'one without a port',
      serviceOf('web.dev.docker.', { port: 0 }),
      ['web.dev.docker. A', '5.0.0.10.in-addr.arpa. PTR'],
    ],
    [
      'one with an IPv6 address',
      serviceOf('web.dev.docker.', { host: 'fd00::5' }),
      ['web.dev.docker. AAAA', 'web.dev.docker. SRV'],
    ],
    [
      'an alias',
      serviceOf('web.dev.docker.', { host: 'www.example.org', port: 0 }),
      ['web.dev.docker. CNAME'],
    ],
    [
      'text and mail',
      serviceOf('web.dev.docker.', { host: '', port: 0, text: 'v=1', mail: true }),
      ['web.dev.docker. A', 'web.dev.docker. TXT', 'web.dev.docker. MX'],
    ],
  ] as const) {
    it(`are for ${title}`, () => {
      const questions = questionsFor(service).map(({ name, type }) => `${name} ${type}`);
      assert.deepEqual(questions, asked);
    });
  }

  for (const [dns, here, line] of [
    [['127.0.0.1:1053'], 'localhost', 'dig @127.0.0.1 -p 1053 web. A'],
    [['10.0.0.1:53', '10.0.0.2:53'], 'localhost', 'dig @10.0.0.1 web. A'],
    [['0.0.0.0:53'], 'ns.lan', 'dig @ns.lan web. A'],
    [['[::]:53'], '[fd00::1]', 'dig @fd00::1 web. A'],
    [['[fd00::1]:5353'], 'localhost', 'dig @fd00::1 -p 5353 web. A'],
    [[], 'ns.lan', 'dig @ns.lan web. A'],
  ] as const) {
    it(`go to ${dns.join(' and ') || 'nobody'} by ${line}`, () => {
      assert.equal(digLine({ name: 'web.', type: 'A' }, dns, here), line);
    });
  }

  for (const [name, words] of [
    ['$(id).docker.', ['$(id).docker.']],
    ['`id`;id|id&.docker.', ['`id`;id|id&.docker.']],
    ["it's.docker.", ["it's.docker."]],
    ['"*".docker.', ['"*".docker.']],
    ['-f.docker.', ['-q', '-f.docker.']],
    ['@evil.docker.', ['-q', '@evil.docker.']],
    ['+short.docker.', ['-q', '+short.docker.']],
    ['_http._tcp.web.docker.', ['_http._tcp.web.docker.']],
  ] as const) {
    it(`let no shell take ${name} for more than a name`, async () => {
      const line = digLine({ name, type: 'A' }, ['127.0.0.1:53'], '');
      const said = await exec('/bin/sh', ['-c', `dig() { printf '%s\\n' "$@"; }; ${line}`]);
      assert.deepEqual(said.trimEnd().split('\n'), ['@127.0.0.1', ...words, 'A']);
    });
  }
});
