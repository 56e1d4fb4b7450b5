import type { Store } from '@callsign/catalog';
import type { Engine } from '../../test/support/engine.ts';
import type { MeasuredNameserver } from '../support/measured.ts';

/** A zone of one size in a real etcd, and who serves it. */
export interface GrownZone {
  readonly records: number;
  /** The store as an option, and as whoever changes it has it. */
  readonly address: string;
  readonly store: Store;
  readonly nameserver: MeasuredNameserver;
  /** Where it answers over TLS. */
  readonly tlsPort: number;
  /** The file of a question for each record. */
  readonly questions: string;
  /** Containers beside the records. */
  readonly engine: Engine;
}
