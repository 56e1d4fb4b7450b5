import { embeddedRig } from './rigs.ts';
import { describeStoreContract } from './store-contract.ts';

// Only the local part of the contract: inside a process there is no network to break.
describeStoreContract('embedded', embeddedRig);
