/** What the page is told of health records, and what it may ask for about them: part of `state.ts`. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { HealthKind, HealthReason } from '../domain/health-record.js';
import type { Texts } from '../domain/texts.js';
import type { HolderView } from './holder-state.js';

/** One health record, as it is shown. Never logged. */
export interface HealthRecordView {
  /** 16 hex digits. */
  readonly id: string;
  readonly kind: HealthKind;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Number of the site, and its governorate or district; null where no list names it. */
  readonly site: number;
  readonly area: string | null;
  readonly role: string;
  readonly text: string;
  /** Id of the record that it answers; null for none. */
  readonly answers: string | null;
  /** False: no terminal that may write such records is known to have written it. */
  readonly isConfirmed: boolean;
}

/** The health records of the card that is there, newest first. They are gone from the screen when the card is. */
export interface HealthScreen {
  readonly name: 'health';
  readonly tapId: string;
  readonly holder: HolderView;
  readonly records: readonly HealthRecordView[];
  /** Records on the card that do not open. */
  readonly unreadable: number;
  /** Kinds that may be added here. */
  readonly writes: readonly HealthKind[];
  /** The kind of the one that was just added. */
  readonly added: HealthKind | null;
  /** Why the last one was not. */
  readonly hint: { readonly code: ErrorCode; readonly text: Texts } | null;
}

/** What may be asked for. */
export type HealthCommand =
  /** Open the records of the card of this offer or refusal. */
  | { readonly type: 'open-records'; readonly tapId: string; readonly reason: HealthReason }
  /** Add one to the card whose records are shown. `answers`: id of the record that it answers. */
  | {
      readonly type: 'add-record';
      readonly tapId: string;
      readonly kind: HealthKind;
      readonly text: string;
      readonly answers?: string;
    };
