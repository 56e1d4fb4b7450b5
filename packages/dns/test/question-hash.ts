import { parentPort, workerData } from 'node:worker_threads';
import { Query } from '@callsign/dns/hot';

/** Tells the hash that a question has in this thread. */
const query = new Query();
query.read(Buffer.from(workerData as Uint8Array), (workerData as Uint8Array).length);
parentPort?.postMessage(query.hash);
