import { WaslError } from '../domain/errors.js';
import type { Signer } from '../domain/keys.js';
import {
  ALL_LEDGER_FAMILIES,
  familyName,
  LEDGER_FAMILIES,
  type LedgerMore,
  type LedgerRecord,
  type LedgerUsage,
  NOTHING_MORE,
} from '../domain/ledger.js';
import { cardKeyId } from './card-proof.js';
import type { CredentialClaims } from './cwt.js';
import { issueCredential } from './issue.js';
import { encodeSlot, RECORD_HASH_BYTES, readSlotImage } from './ledger.js';

/** The two first records of the ledger of a family, older first. */
export interface FirstRecords {
  readonly family: number;
  readonly slots: readonly [Uint8Array, Uint8Array];
}

/** What lets a smart card have a PIN of its holder. */
export interface PinSecrets {
  /** Unblocks this card alone: see `pin-codes.ts`. */
  readonly code: Uint8Array;
  /** The PIN that a letter tells, which the holder changes before it proves anything; null where the holder chooses the first one when the card is handed over. */
  readonly transportPin: string | null;
}

/** What is written to a card when it is made. */
export interface CardContent {
  readonly credential: Uint8Array;
  /** Of the rations' ledger, which is all that a tag has room for. */
  readonly slots: readonly [Uint8Array, Uint8Array];
  /** Of the ledgers of all other families, for a card that has them. */
  readonly further: readonly FirstRecords[];
  /** Absent: the card never gets a PIN. A tag has none in any case. */
  readonly pin?: PinSecrets;
}

/** What a ledger begins with on a new card: what another card, or an older system, came to. */
export interface OpeningLedger {
  /** The day that the counters count for, in days since 1970-01-01: that of the record which is carried on. */
  readonly day: number;
  readonly usage: readonly LedgerUsage[];
  readonly more: LedgerMore;
  /** Sequence of the first of the two records: even, and above the number of every paper, which the records that follow are numbered from. */
  readonly firstSequence: number;
  /** Hash of the record that is carried on, as the next one would name it; zeros where there is none. */
  readonly previous: Uint8Array;
}

/** Openings by the number of the family. */
export type Openings = ReadonlyMap<number, OpeningLedger>;

/** Nothing is carried on. */
export const NO_OPENINGS: Openings = new Map();

/**
 * The content of a new card: its credential, and for each family two first ledger records signed by the issuer, so that no slot is ever blank on a
 * good card and a wiped one cannot pass for new. `day` is the site's calendar day in days since 1970-01-01; of a family that has an opening both
 * records state that. For a medium without a ledger (`slotBytes` 0) the slots are empty. Throws `ERR_ORDER_BALANCES` for an opening that no record can
 * state, and `ERR_LEDGER_FULL` for one that does not fit its slot.
 */
export function cardContent(
  claims: CredentialClaims,
  issuer: Signer,
  options: { readonly day: number; readonly slotBytes: number; readonly openings?: Openings },
): CardContent {
  const { openings = NO_OPENINGS } = options;
  const { uid, card } = claims.entitlements;
  const owner = { uid: uid ?? (claims.cardKey === undefined ? new Uint8Array(0) : cardKeyId(claims.cardKey)), card };
  const credential = issueCredential(claims, issuer);
  if (options.slotBytes === 0) {
    openingsWithin(openings, []);
    return { credential, slots: [new Uint8Array(0), new Uint8Array(0)], further: [] };
  }
  openingsWithin(openings, ALL_LEDGER_FAMILIES);
  const signing = { signer: issuer, slotBytes: options.slotBytes };
  const firstOf = (family: number): FirstRecords['slots'] => {
    const at = { day: options.day, time: claims.issuedAt, signer: issuer.keyId };
    const record = firstRecord(family, at, openings.get(family));
    const first = encodeSlot(record, owner, signing);
    const next = { ...record, sequence: record.sequence + 1, previous: readSlotImage(first).hash };
    return [first, encodeSlot(next, owner, signing)];
  };
  const further = ALL_LEDGER_FAMILIES.filter((family) => family !== LEDGER_FAMILIES.ration).map((family) => ({
    family,
    slots: firstOf(family),
  }));
  return { credential, slots: firstOf(LEDGER_FAMILIES.ration), further };
}

/**
 * The openings of the ledgers that a medium has, by family. One that it does not have is left out where nothing is carried on in it; else throws
 * `ERR_ORDER_BALANCES`.
 */
export function openingsWithin(openings: Openings, families: readonly number[]): Openings {
  const within = new Map<number, OpeningLedger>();
  for (const [family, opening] of openings) {
    const { usage, more } = opening;
    const parts: readonly (readonly unknown[])[] = [usage, more.tallies, more.balances, more.papers];
    if (families.includes(family)) within.set(family, opening);
    else if (parts.some((part) => part.length > 0))
      throw new WaslError(
        'ERR_ORDER_BALANCES',
        `the card has no ${familyName(family)} ledger: what is carried there needs one`,
      );
  }
  return within;
}

function firstRecord(
  family: number,
  at: Pick<LedgerRecord, 'day' | 'time' | 'signer'>,
  opening: OpeningLedger | undefined,
): LedgerRecord {
  if (opening === undefined)
    return {
      ...{ family, cause: 'issue', sequence: 0, previous: new Uint8Array(RECORD_HASH_BYTES), usage: [] },
      ...at,
    };
  const { day, usage, more = NOTHING_MORE, firstSequence, previous } = opening;
  if (firstSequence % 2 !== 0 || more.papers.some(({ number }) => number >= firstSequence))
    throw new WaslError(
      'ERR_ORDER_BALANCES',
      'an opening begins with an even sequence, above the numbers of its papers',
    );
  return { family, cause: 'issue', sequence: firstSequence, previous, ...at, day, usage, more };
}
