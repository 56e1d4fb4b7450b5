import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { exec } from '../support/exec.ts';
import { COMPOSE, pathOf, requireParts } from '../support/parts.ts';

const FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));

describe('docker-compose.yml', () => {
  it('is accepted by the oldest Compose that we support', async function () {
    requireParts(this, COMPOSE);
    const services = await exec(pathOf(COMPOSE), ['--file', FILE, 'config', '--services']);
    assert.deepEqual(services.trim().split('\n').toSorted(), ['etcd', 'nameserver', 'registrar', 'whoami']);
  });
});
