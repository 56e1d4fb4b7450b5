import assert from 'node:assert/strict';
import { describeStore, parseStoreAddress } from '@callsign/catalog';
import { CallsignError, describe as said } from '@callsign/daemon';

const etcd = { kind: 'etcd', hosts: ['h:2379'], secure: false, prefix: '/skydns/' };

describe('store address', () => {
  for (const [text, expected, shown] of [
    ['embedded', { kind: 'embedded' }, 'embedded, in memory'],
    ['embedded:/var/lib/x', { kind: 'embedded', file: '/var/lib/x' }, 'embedded in /var/lib/x'],
    ['embedded:store', { kind: 'embedded', file: 'store' }, 'embedded in store'],
    ['etcd://h', etcd, 'etcd://h:2379/skydns'],
    ['etcd://h:2379/', etcd, 'etcd://h:2379/skydns'],
    [
      'etcd://h:1,[::1]:2/own/prefix/',
      { ...etcd, hosts: ['h:1', '[::1]:2'], prefix: '/own/prefix/' },
      'etcd://h:1,[::1]:2/own/prefix',
    ],
    [
      'etcds://root:p%40s:s@h/skydns',
      { ...etcd, secure: true, user: { name: 'root', password: 'p@s:s' } },
      'etcds://h:2379/skydns',
    ],
    ['http://h:8080', { kind: 'http', url: 'http://h:8080' }, 'http://h:8080'],
    ['https://h/callsign/', { kind: 'http', url: 'https://h/callsign' }, 'https://h/callsign'],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseStoreAddress(text), expected);
      assert.equal(describeStore(text), shown);
    });
  }

  for (const [text, problem] of [
    ['', /is not the address of a store/],
    ['redis://h', /is not the address of a store/],
    ['/var/lib/store', /is not the address of a store/],
    ['embedded:', /names no file/],
    ['etcd:h', /is not etcd:\/\//],
    ['etcd://', /is not etcd:\/\//],
    ['etcd://h:70000', /has no host in "h:70000"/],
    ['etcd://h:1,,h2', /has no host in ""/],
    ['etcd://h/p?x=1', /is not etcd:\/\//],
    ['etcd://root@h', /a user without a password/],
    ['etcd://root:s3cret%@h', /written as %25/],
    ['etcd://root:s3cret/x@h', /special characters .* as %XX/],
    ['etcd://root:2379/s3cret@h', /special characters .* as %XX/],
    ['http://', /is not a URL/],
    ['http://u:s3cret@h', /--token-file/],
    ['http://h?a=b', /has a query/],
  ] as const) {
    it(`refuses "${text}" with a sentence and an example, and no password`, () => {
      assert.throws(
        () => parseStoreAddress(text),
        (error) =>
          error instanceof CallsignError &&
          problem.test(error.message) &&
          /For example .*etcd:/.test(said(error)) &&
          !said(error).includes('s3cret'),
      );
    });
  }
});
