import assert from 'node:assert/strict';
import { apiVersion } from '../../src/engine/api-version.ts';

describe('API version', () => {
  for (const [what, answer, version] of [
    ['Docker 1.12', { Version: '1.12.6', ApiVersion: '1.24' }, '1.24'],
    ['Docker 20.10', { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' }, '1.41'],
    ['Docker 29', { Version: '29.0.0', ApiVersion: '1.52', MinAPIVersion: '1.44' }, '1.52'],
    ['Podman 4.3', { Version: '4.3.1', ApiVersion: '1.41', MinAPIVersion: '1.24' }, '1.41'],
    ['a newer Docker', { ApiVersion: '1.60', MinAPIVersion: '1.48' }, '1.52'],
    ['a Docker that does not say', {}, '1.24'],
    ['nonsense', 'OK', '1.24'],
  ] as const) {
    it(`with ${what} is ${version}`, () => assert.equal(apiVersion(answer, 'x'), version));
  }

  for (const [what, answer, message] of [
    ['Docker 1.9', { ApiVersion: '1.21', MinAPIVersion: '1.12' }, /API 1\.21 at most, and 1\.24 is needed/],
    ['a far newer Docker', { ApiVersion: '1.70', MinAPIVersion: '1.60' }, /API 1\.60 at least/],
  ] as const) {
    it(`there is none with ${what}`, () => {
      assert.throws(() => apiVersion(answer, 'unix:///docker.sock'), { code: 'ENGINE_VERSION', message });
    });
  }
});
