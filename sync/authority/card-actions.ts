/** What the authority wants of cards: endorsements that wait for them, and the numbers that they must show. Pure. */
import { z } from 'zod';
import { type EntitlementChanges, endorseNamed } from '../../agent/credential/endorsement.js';
import { CARD_ACTIONS_MAX } from '../../agent/domain/card-action.js';
import { REPRESENTATIVES_MAX } from '../../agent/domain/credential.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import type { IssuedCard } from './issued-cards.js';

/** Most endorsements that wait for their cards at once: with them and all numbers, the list is at most 16 MiB. */
export const WAITING_MAX = 25_000;

const uint = z.int().min(0);
const hex = (bytes: string) => z.string().regex(new RegExp(`^([0-9a-f]{2}){${bytes}}$`));

/** One entry of the register. An endorsement says all that is changed since the card was issued: there is room for one alone. */
export const actionSchema = z.strictObject({
  card: uint,
  credential: hex('8'),
  number: z.int().min(1),
  endorsement: hex('1,128').exactOptional(),
  expiresAt: uint.nullable(),
  changes: z.strictObject({
    householdSize: uint.exactOptional(),
    draws: uint.exactOptional(),
    homeSite: uint.exactOptional(),
    coverage: z.strictObject({ plan: uint, class: uint, familyUnit: uint }).nullable().exactOptional(),
    rationScheme: uint.nullable().exactOptional(),
    representatives: z.array(uint).max(REPRESENTATIVES_MAX).exactOptional(),
  }),
});

/** See {@link actionSchema}. `endorsement` is left out once it is on the card. */
export type ActionEntry = z.infer<typeof actionSchema>;

/** What is to change on a card; `expiresAt` in seconds since 1970, null to leave the end as it is. */
export interface CardChange {
  readonly card: number;
  readonly expiresAt: number | null;
  readonly changes: EntitlementChanges;
}

/** What became of a change. */
export type ChangeOutcome =
  | { readonly ok: true; readonly card: number; readonly number: number; readonly bytes: number }
  | { readonly ok: false; readonly card: number; readonly code: ErrorCode; readonly message: string };

/**
 * Endorses cards, each as if it were alone: the mistakes of one are an outcome and keep no other from it. A change adds to those before it. Two of one
 * card become two endorsements, of which the later one is kept.
 */
export function endorseCards(
  changes: readonly CardChange[],
  by: {
    readonly actions: readonly ActionEntry[];
    readonly issued: ReadonlyMap<number, IssuedCard>;
    readonly issuer: Signer;
    readonly nowSec: number;
  },
): { readonly actions: readonly ActionEntry[]; readonly outcomes: readonly ChangeOutcome[] } {
  const actions = new Map(by.actions.map((entry) => [entry.card, entry]));
  let waiting = by.actions.filter(isWaiting).length;
  const outcomes = changes.map((change): ChangeOutcome => {
    const { card } = change;
    try {
      const before = actions.get(card);
      const isNew = before === undefined || !isWaiting(before);
      if ((isNew && waiting >= WAITING_MAX) || (before === undefined && actions.size >= CARD_ACTIONS_MAX))
        throw new WaslError('ERR_ORDER', `card ${card}: the list of card actions is full; retire what is on its card`);
      const entry = endorsed(change, before, by);
      actions.set(card, entry);
      if (isNew) waiting += 1;
      return { ok: true, card, number: entry.number, bytes: (entry.endorsement ?? '').length / 2 };
    } catch (error) {
      if (!isWaslError(error)) throw error;
      return { ok: false, card, code: error.code, message: error.message };
    }
  });
  return { actions: [...actions.values()].sort((a, b) => a.card - b.card), outcomes };
}

function endorsed(
  change: CardChange,
  before: ActionEntry | undefined,
  by: { readonly issued: ReadonlyMap<number, IssuedCard>; readonly issuer: Signer; readonly nowSec: number },
): ActionEntry {
  const { card } = change;
  const issued = by.issued.get(card);
  if (issued === undefined)
    throw new WaslError('ERR_ORDER', `card ${card} was not issued here: lay it on a reader for "wasl card update"`);
  const isSame = before?.credential === issued.credential;
  const changes = { ...(isSame ? before.changes : {}), ...change.changes };
  const expiresAt = change.expiresAt ?? (isSame ? before.expiresAt : null);
  const number = isSame ? before.number + 1 : 1;
  const issuedAt = Math.max(by.nowSec, issued.issuedAt);
  if (expiresAt !== null && expiresAt <= issuedAt) throw new WaslError('ERR_ORDER', `card ${card}: its end is over`);
  if (changes.representatives?.includes(card) === true)
    throw new WaslError('ERR_ORDER', `card ${card} cannot represent itself`);
  const { draws, householdSize } = { ...issued, ...changes };
  if (draws > householdSize)
    throw new WaslError('ERR_ORDER', `card ${card} cannot draw for ${draws} persons of ${householdSize}`);
  const owner = { uid: bytesOf(issued.owner), card };
  const of = { name: bytesOf(issued.credential), owner };
  const bytes = endorseNamed({ number, issuedAt, expiresAt, changes }, of, by.issuer);
  const endorsement = Buffer.from(bytes).toString('hex');
  return actionSchema.parse({ card, credential: issued.credential, number, endorsement, expiresAt, changes });
}

/** An endorsement that is on its card, as an event of a terminal, or whoever wrote it at a desk, says. */
export interface WrittenEndorsement {
  readonly card: number;
  readonly number: number;
  /** When it was written, in seconds since 1970; null where that is not known. */
  readonly writtenS: number | null;
}

/**
 * Retires endorsements that are on their cards: their numbers stay, so that a card from which one is taken is refused. What is newer than what was
 * written goes on waiting, and so does what is of a card that was issued anew after that was written: its numbers began again. Resolves to how many
 * were retired.
 */
export function retireWritten(
  actions: readonly ActionEntry[],
  written: readonly WrittenEndorsement[],
  issued: ReadonlyMap<number, IssuedCard>,
): { readonly actions: readonly ActionEntry[]; readonly retired: number } {
  const newest = new Map<number, number>();
  for (const { card, number, writtenS } of written) {
    if (writtenS !== null && writtenS < (issued.get(card)?.issuedAt ?? 0)) continue;
    newest.set(card, Math.max(number, newest.get(card) ?? 0));
  }
  let retired = 0;
  const after = actions.map((entry) => {
    const { endorsement, ...rest } = entry;
    if (endorsement === undefined || (newest.get(entry.card) ?? 0) < entry.number) return entry;
    retired += 1;
    return rest;
  });
  return { actions: after, retired };
}

/** An entry as the list has it. */
export function listedAction({ card, credential, number, endorsement }: ActionEntry): object {
  return { card, credential, number, ...(endorsement === undefined ? {} : { endorsement }) };
}

function isWaiting({ endorsement }: ActionEntry): boolean {
  return endorsement !== undefined;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
