/** Where a desk stands with the health records of a card; lies over the taps of `tap.ts` and `person-tap.ts`. */
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { HealthKind, HealthRecord } from '../domain/health-record.js';

/** What is shown of the records of a card. */
export interface ShownRecords {
  readonly credential: Credential;
  /** Newest first: those of the kinds that whoever serves may read. */
  readonly records: readonly HealthRecord[];
  /** Records on the card that do not open. */
  readonly unreadable: number;
  /** Kinds that may be added here. */
  readonly writes: readonly HealthKind[];
}

/** See the head of this file. */
export type HealthState =
  /** They are being read. */
  | { readonly name: 'health-reading'; readonly tapId: string }
  /** `added`: the kind of the one that was just added; `code`: why the last one was not. */
  | (ShownRecords & {
      readonly name: 'health';
      readonly tapId: string;
      readonly added: HealthKind | null;
      readonly code: ErrorCode | null;
    })
  /** One is being written: the card must stay. */
  | { readonly name: 'health-writing'; readonly tapId: string }
  | {
      readonly name: 'health-refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly credential: Credential;
    };
