/** What the parts of a world share. */
import type { ListKind } from '../../agent/credential/signed-list.js';
import type { Clock, Timers } from '../../agent/domain/clock.js';
import type { Trust, TrustVersions } from '../../agent/trust/trust.js';
import type { Life } from '../world/life.js';
import type { FaultKind } from './faults.js';
import type { Kit } from './kit.js';
import type { Network } from './network.js';
import type { Observation } from './observations.js';
import type { Trace } from './trace.js';

/** See the head of this file. */
export interface WorldParts {
  /** What all streams of randomness are named after. */
  readonly seed: string;
  readonly kit: Kit;
  readonly timers: Timers;
  /** The right time. */
  readonly clock: Clock;
  readonly trace: Trace;
  readonly network: Network;
  readonly see: (seen: Observation) => void;
  readonly fault: (kind: FaultKind) => void;
  readonly newLife: () => Life;
  /** What the authority published of the lists that a terminal was brought, and of those that it has in force. */
  readonly published: (
    trust: Trust,
    brought: (kind: ListKind) => Uint8Array | null,
  ) => { readonly brought: TrustVersions | null; readonly whole: boolean };
  /** A part of the product says that something happened that never should. */
  readonly internalFault: (machine: string, error: unknown) => void;
}
