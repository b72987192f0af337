/**
 * Taking back what a person without a card was given and nobody has handed over: one append, and both have it as if it had not been.
 *
 *   authorise → event + DISPENSED (+ the payment's return) in one frame, fsync
 *
 * The supervisor, the time and the number of a day are bounded as for cards (`void.ts`). What was paid in cash is given back by hand; a machine is asked for it by the till,
 * durably from that frame on.
 */
import { eventMark } from '../credential/hash.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { RosterVoidEvent, ServiceDetails } from '../domain/event.js';
import type { LedgerPaper } from '../domain/ledger.js';
import type { OpenPayment, UndispensedGift } from '../journal/journal.js';
import type { HolderFacts, LedgerState, ServiceGrant, ServiceSnapshot } from '../services/service.js';
import { isSamePaper } from '../services/take.js';
import { takeBack } from '../services/take-back.js';
import { refuseVoid, type VoidAuthority } from '../services/void.js';
import { NO_DETAILS, slipsOf } from './commit.js';
import { type TapDeps, versionsNow } from './examine.js';
import { returnEntries } from './payment-entries.js';
import type { PersonLists } from './person-list.js';
import { personSnapshot } from './person-serve.js';
import { slipsBack } from './slip-record.js';
import { grantOf } from './snapshot.js';

/** What became of it. */
export type PersonVoided =
  | { readonly result: 'voided'; readonly atMs: number; readonly payment: OpenPayment | undefined }
  | { readonly result: 'refused'; readonly code: ErrorCode };

/** Taking back counts what was had; who it is does not matter to it, and the list may be no more. */
const ANYBODY: HolderFacts = {
  ...{ card: null, household: 0, householdSize: 1, draws: 0, homeSite: 0, coverage: null, rationScheme: null },
  ...{ homeArea: null, issuedDay: 0, expiresDay: 0, rosters: [] },
};

/** Why what was given may not be taken back; null when it may. Rejects with `ERR_JOURNAL_*`. */
export async function personVoidRefusal(
  deps: TapDeps,
  { given }: UndispensedGift,
  authority: VoidAuthority,
): Promise<ErrorCode | null> {
  const policy = deps.trust.policy();
  const rules = policy.programmes.find(({ number }) => number === given.programme)?.voids;
  const nowMs = deps.time.now().ms;
  const voidsToday = await deps.voidsOn(deps.calendar(policy.timeZone).dayOf(nowMs));
  return refuseVoid({ rules, authority, servedAtMs: given.atMs, nowMs, voidsToday });
}

/** Takes it back. Never rejects. */
export async function voidPerson(
  deps: TapDeps,
  lists: PersonLists,
  { gift, authority }: { readonly gift: UndispensedGift; readonly authority: VoidAuthority },
): Promise<PersonVoided> {
  const { given } = gift;
  const { tapId, roster, person } = given;
  const programme = deps.trust.policy().programmes.find(({ number }) => number === given.programme);
  try {
    const refusal = await personVoidRefusal(deps, gift, authority);
    if (refusal !== null) return { result: 'refused', code: refusal };
    if (programme === undefined) return { result: 'refused', code: 'ERR_PROGRAMME_UNKNOWN' };
    const snapshot = await personSnapshot(deps, lists, { of: { roster, person }, programme, holder: ANYBODY });
    const grant = grantOf(given, deps.calendar(snapshot.policy.timeZone), snapshot.versions);
    const back = takeBack(snapshot, grant);
    if (back.outcome === 'refuse') return { result: 'refused', code: back.reason };
    const voided = await markOfGift(deps, gift);
    if (voided === null) return { result: 'refused', code: 'ERR_JOURNAL_DAMAGED' };
    const newestSec = lists.ledger()?.newestOf(roster, person) ?? 0;
    const atMs = Math.max(deps.time.now().ms, (newestSec + 1) * 1000);
    const details = detailsBack({ snapshot, grant, after: back.state });
    const event: RosterVoidEvent = {
      ...{ type: 'roster-void', time: Math.floor(atMs / 1000), roster, person, programme: given.programme },
      ...{ items: given.items, versions: versionsNow(deps), operator: deps.operator() },
      ...{ supervisor: authority.operator, voided, servedAt: Math.floor(given.atMs / 1000) },
      ...(details === undefined ? {} : { details }),
    };
    const payment = deps.journal.state().payments.get(tapId);
    await deps.journal.append([
      ...returnEntries(deps.journal.state(), tapId, { atMs, operator: deps.operator() }),
      ...slipsBack(grant.effects, atMs),
      { kind: 'event', event },
      { kind: 'step', step: { step: 'dispensed', tapId, atMs } },
    ]);
    return { result: 'voided', atMs, payment };
  } catch (error) {
    return { result: 'refused', code: codeOf(error) };
  }
}

/** Names the event of a service by its bytes, however often it is said again in another epoch; null where the journal has lost it. */
async function markOfGift({ journal }: TapDeps, { epoch, seq }: UndispensedGift): Promise<string | null> {
  const [told] = await journal.readEvents(epoch, seq, { countMax: 1, bytesMax: 1 });
  return told?.seq === seq ? eventMark(told.bytes) : null;
}

/** What taking it back does to accounts and papers, as an event says it: accounts as they stand since, papers that are gone, and those that are there instead. */
function detailsBack(of: {
  readonly snapshot: ServiceSnapshot;
  readonly grant: ServiceGrant;
  readonly after: LedgerState;
}): ServiceDetails | undefined {
  const { snapshot, grant, after } = of;
  const { effects } = grant;
  const touched = [...effects.written, ...effects.used.map(({ before }) => before)];
  const isTouched = (paper: LedgerPaper): boolean => touched.some((one) => isSamePaper(one, paper));
  const balances = effects.balances.map(({ account }) => ({
    account,
    value: after.more.balances.find((one) => one.account === account)?.value ?? 0,
  }));
  const used = snapshot.ledger.more.papers
    .filter(isTouched)
    .map(({ number, left }) => ({ paper: number, units: left }));
  const written = after.more.papers.filter(isTouched);
  const slips = slipsOf(effects.used);
  const isNothing = balances.length + used.length + written.length === 0 && slips.slips === undefined;
  return isNothing ? undefined : { ...NO_DETAILS, balances, used, written, ...slips };
}
