import assert from 'node:assert/strict';
import { conflictOf, readingOf } from '../src/etcd/transaction.ts';

describe('a transaction of etcd that was refused', () => {
  const expect = [
    { key: 'a', revision: 3 },
    { key: 'b', revision: 0 },
  ];

  it('has what was expected read, and nothing else done', () => {
    const { compare, success, failure } = readingOf('/skydns/', { expect });
    const keys = success.map((each) => 'request_range' in each && `${each.request_range.key}`);
    assert.deepEqual([compare, keys, failure], [[], ['/skydns/a', '/skydns/b'], []]);
  });

  for (const [what, found, message] of [
    ['names what is otherwise', [3, 9], '"b" is at revision 9, not at 0 as expected'],
    ['names what is not there', [0, 0], '"a" is at revision 0, not at 3 as expected'],
    ['says so when it has changed again meanwhile', [3, 0], 'what was expected has come true too late'],
  ] as const) {
    it(what, () => assert.equal(conflictOf({ expect }, answer(found)).message, message));
  }
});

/** As etcd answers a reading: no key-value where there is none. */
function answer(revisions: readonly number[]) {
  const header = { revision: '9' };
  const responses = revisions.map((revision) => {
    const keyValue = { key: Buffer.of(), value: Buffer.of(), lease: '0', mod_revision: `${revision}` };
    return { response_range: { header, more: false, kvs: revision === 0 ? [] : [keyValue] } };
  });
  return { header, succeeded: true, responses };
}
