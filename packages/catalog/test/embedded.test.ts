import { embeddedRig } from './rigs.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('embedded', embeddedRig);

describe('embedded: a broken network', () => {
  it.skip('skipped: inside a process there is no network');
});
