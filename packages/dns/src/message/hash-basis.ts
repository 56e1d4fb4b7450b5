import { randomInt } from 'node:crypto';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const NAME = 'callsign: hash basis';

/**
 * What hashes of questions begin with: 32 bits by chance, the same in all threads of a process, for they find by them what
 * another has kept. Were it known, names without number could be made that have one hash, and to find one of them would
 * be to look at all.
 */
export const HASH_BASIS: number = Number(getEnvironmentData(NAME) ?? randomInt(2 ** 32)) | 0;

// Threads are born with what is set here.
setEnvironmentData(NAME, HASH_BASIS);
