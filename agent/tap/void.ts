/** Taking a service back at a tap: a record on the card that gives the quota back, and an event of its own. The order is that of every tap. */
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { IntentStep, UndispensedGrant } from '../journal/journal.js';
import { takeBack } from '../services/take-back.js';
import { refuseVoid, type VoidAuthority } from '../services/void.js';
import { voidTapId } from './commit.js';
import type { CardWithLedger, TapDeps } from './examine.js';
import { completeIntent, doubtEntries, ledgerIntent, type Served } from './serve.js';
import { grantOf } from './snapshot.js';

/** A service that a supervisor wants taken back, as the desk has it armed. */
export interface ArmedVoid {
  readonly grant: UndispensedGrant;
  readonly authority: VoidAuthority;
}

/** Refusals of a card that say nothing about the one that is waited for: it is another card, or it was not read. */
const NOT_THE_CARD: readonly ErrorCode[] = [
  'ERR_CARD_UNSUPPORTED',
  'ERR_CARD_EMPTY',
  'ERR_CARD_LOST',
  'ERR_CARD_IO',
  'ERR_CARD_TIMEOUT',
  'ERR_READER_UNSUPPORTED',
];

/** Whether to go on waiting for the card of a void after this refusal of a card; `card` is its serial where that verified. */
export function waitsOn(
  armed: ArmedVoid,
  refused: { readonly code: ErrorCode; readonly card: number | null },
): boolean {
  if (refused.card === null) return NOT_THE_CARD.includes(refused.code);
  return refused.card !== armed.grant.intent.card;
}

/** Why a grant may not be taken back, whatever card is laid down; null when it may. Rejects with `ERR_JOURNAL_*`. */
export async function voidRefusal(deps: TapDeps, { grant, authority }: ArmedVoid): Promise<ErrorCode | null> {
  const { atMs: servedAtMs, programme } = grant.intent;
  const policy = deps.trust.policy();
  const rules = policy.programmes.find(({ number }) => number === programme)?.voids;
  const nowMs = deps.time.now().ms;
  const voidsToday = await deps.voidsOn(deps.calendar(policy.timeZone).dayOf(nowMs));
  return refuseVoid({ rules, authority, servedAtMs, nowMs, voidsToday });
}

/** Carries a void out on the card that was served. Never rejects. */
export async function serveVoid(deps: TapDeps, card: CardWithLedger, armed: ArmedVoid): Promise<Served> {
  const { grant, authority } = armed;
  const { tapId, items, atMs, ledgerSequence, programme } = grant.intent;
  let intent: IntentStep;
  try {
    const refusal = await voidRefusal(deps, armed);
    if (refusal !== null) return { result: 'refused', code: refusal };
    if (card.programme.number !== programme) return { result: 'refused', code: 'ERR_PROGRAMME_UNKNOWN' };
    // A doubtful ledger says nothing about what was used: giving back on top of it could give twice.
    if (card.ledger.doubt !== null) return { result: 'refused', code: card.ledger.doubt };
    if (card.ledger.counted.record.sequence < ledgerSequence)
      return { result: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' };
    const calendar = deps.calendar(deps.trust.policy().timeZone);
    const back = takeBack(card.snapshot, grantOf(grant.intent, calendar, card.snapshot.versions));
    if (back.outcome === 'refuse') return { result: 'refused', code: back.reason };
    const { state } = back;
    const takesBack = { ledgerSequence, servedAtMs: atMs, supervisor: authority.operator };
    intent = ledgerIntent(deps, card, { tapId: voidTapId(tapId), items, cause: 'void', state, takesBack });
    await deps.journal.append([...doubtEntries(deps, card), { kind: 'step', step: intent }]);
  } catch (error) {
    return { result: 'refused', code: codeOf(error) };
  }
  const { store, credential, snapshot } = card;
  return completeIntent(deps, { store, intent, versions: snapshot.versions, cardKey: credential.cardKey });
}

/** Id of the programme that a service is taken back in: that of the ledger that it was written to, whatever is served now. Empty for one that the policy no longer has. */
export function programmeOf(deps: Pick<TapDeps, 'trust'>, { grant }: ArmedVoid): string {
  const { programme } = grant.intent;
  return deps.trust.policy().programmes.find(({ number }) => number === programme)?.id ?? '';
}
