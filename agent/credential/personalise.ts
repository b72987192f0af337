import type { Signer } from '../domain/keys.js';
import { ALL_LEDGER_FAMILIES, LEDGER_FAMILIES, type LedgerRecord } from '../domain/ledger.js';
import { cardKeyId } from './card-proof.js';
import type { CredentialClaims } from './cwt.js';
import { issueCredential } from './issue.js';
import { encodeSlot, RECORD_HASH_BYTES, readSlotImage } from './ledger.js';

/** The two first records of the ledger of a family, older first. */
export interface FirstRecords {
  readonly family: number;
  readonly slots: readonly [Uint8Array, Uint8Array];
}

/** What is written to a card when it is made. */
export interface CardContent {
  readonly credential: Uint8Array;
  /** Of the rations' ledger, which is all that a tag has room for. */
  readonly slots: readonly [Uint8Array, Uint8Array];
  /** Of the ledgers of all other families, for a card that has them. */
  readonly further: readonly FirstRecords[];
}

/**
 * The content of a new card: its credential, and for each family two first ledger records signed by the issuer, so that no slot is ever blank on a
 * good card and a wiped one cannot pass for new. `day` is the site's calendar day in days since 1970-01-01.
 * For a medium without a ledger (`slotBytes` 0) the slots are empty.
 */
export function cardContent(
  claims: CredentialClaims,
  issuer: Signer,
  options: { readonly day: number; readonly slotBytes: number },
): CardContent {
  const { uid, card } = claims.entitlements;
  const owner = { uid: uid ?? (claims.cardKey === undefined ? new Uint8Array(0) : cardKeyId(claims.cardKey)), card };
  const credential = issueCredential(claims, issuer);
  if (options.slotBytes === 0) return { credential, slots: [new Uint8Array(0), new Uint8Array(0)], further: [] };
  const signing = { signer: issuer, slotBytes: options.slotBytes };
  const firstOf = (family: number): FirstRecords['slots'] => {
    const record = firstRecord(family, { day: options.day, time: claims.issuedAt, signer: issuer.keyId });
    const first = encodeSlot(record, owner, signing);
    const second = encodeSlot({ ...record, sequence: 1, previous: readSlotImage(first).hash }, owner, signing);
    return [first, second];
  };
  const further = ALL_LEDGER_FAMILIES.filter((family) => family !== LEDGER_FAMILIES.ration).map((family) => ({
    family,
    slots: firstOf(family),
  }));
  return { credential, slots: firstOf(LEDGER_FAMILIES.ration), further };
}

function firstRecord(family: number, at: Pick<LedgerRecord, 'day' | 'time' | 'signer'>): LedgerRecord {
  return {
    ...{ family, cause: 'issue', sequence: 0, previous: new Uint8Array(RECORD_HASH_BYTES), usage: [] },
    ...at,
  };
}
