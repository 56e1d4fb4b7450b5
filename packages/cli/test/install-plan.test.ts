import assert from 'node:assert/strict';
import { planInstall, type Settings } from '../src/install/plan.ts';

const SETTINGS: Settings = { address: '172.17.0.1', domains: ['docker.', 'lab.example.'], upstreams: [] };
const DAEMON = '/etc/docker/daemon.json';
const NAMESERVER = '/etc/callsign/nameserver.env';
const REGISTRAR = '/etc/callsign/registrar.env';
const UNITS = ['callsign-nameserver.service', 'callsign-nameserver.socket', 'callsign-registrar.service'];

/** What is planned for a machine with these files and units. */
function planned(
  files: Readonly<Record<string, string>> = {},
  settings: Partial<Settings> = {},
  units: readonly string[] = [],
) {
  const machine = { read: (path: string) => files[path], units: new Map(units.map((name) => [name, name])) };
  const { files: written, next } = planInstall({ ...SETTINGS, ...settings }, machine);
  return { next, after: (path: string) => written.find((file) => file.path === path)?.after };
}

describe('what a machine needs', () => {
  for (const [what, daemon, settings, line] of [
    ['asks nobody else by itself', undefined, {}, undefined],
    ['asks whom the containers asked', { dns: ['9.9.9.9', '::9'] }, {}, '9.9.9.9,::9'],
    ['does not ask itself', { dns: ['172.17.0.1', '9.9.9.9'] }, {}, '9.9.9.9'],
    ['asks whom it is told to ask', { dns: ['9.9.9.9'] }, { upstreams: ['1.1.1.1'] }, '1.1.1.1'],
    ['makes nothing of what is no address', { dns: ['9.9.9.9', 5] }, {}, '9.9.9.9'],
    ['makes nothing of what is no list', { dns: '9.9.9.9' }, {}, undefined],
  ] as const) {
    it(`is a nameserver that ${what}`, () => {
      const files = daemon === undefined ? {} : { [DAEMON]: JSON.stringify(daemon) };
      const [, told] =
        /^CALLSIGN_NAMESERVER=(.*)$/m.exec(planned(files, settings).after(NAMESERVER) ?? '') ?? [];
      assert.equal(told, line);
    });
  }

  for (const [address, at] of [
    ['172.17.0.1', '172.17.0.1:53'],
    ['fd00::1', '[fd00::1]:53'],
  ] as const) {
    it(`is a nameserver at ${at}, which containers ask and nobody else`, () => {
      const { after } = planned({ [DAEMON]: `{"dns":["${address}","9.9.9.9"]}` }, { address });
      assert.ok(after(NAMESERVER)?.split('\n').includes(`CALLSIGN_DNS=${at}`));
      assert.deepEqual(JSON.parse(after(DAEMON) ?? ''), { dns: [address] });
    });
  }

  it('is a registrar for the first domain alone', () => {
    assert.equal(planned().after(REGISTRAR), 'CALLSIGN_DOMAIN=docker\n');
  });

  it('is made of a daemon.json that is empty as of none', () => {
    assert.equal(planned({ [DAEMON]: ' \n' }).after(DAEMON), planned().after(DAEMON));
  });

  it('stays as somebody has written it', () => {
    const files = { [NAMESERVER]: 'CALLSIGN_DNS=:53\n', [REGISTRAR]: 'CALLSIGN_DOMAIN=mine\n' };
    const { after } = planned(files);
    assert.deepEqual([after(NAMESERVER), after(REGISTRAR)], Object.values(files));
  });

  it('says what is left for people to start', () => {
    const resolved = { '/etc/systemd/resolved.conf': '' };
    assert.deepEqual(planned(resolved, {}, UNITS).next, [
      'systemctl daemon-reload',
      'systemctl enable --now callsign-nameserver callsign-nameserver.socket callsign-registrar',
      'systemctl restart systemd-resolved',
      'systemctl restart docker   # its containers stop, unless "live-restore" is set',
      'callsign doctor',
    ]);
    assert.deepEqual(planned().next.length, 2);
  });
});
