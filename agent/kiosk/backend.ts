/** The desk, the journal and the link as one value for the kiosk page, and the page's commands back to the desk. */
import type { Clock } from '../domain/clock.js';
import type { Credential } from '../domain/credential.js';
import { WaslError } from '../domain/errors.js';
import { eventId, type TakenItem } from '../domain/event.js';
import type { Commodity, Policy } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';
import type { Journal, UndispensedGrant } from '../journal/journal.js';
import type { Tap, TapState } from '../tap/tap.js';
import type { Trust } from '../trust/trust.js';
import { reasonText } from './reason-texts.js';
import type { HandoverView, HolderView, KioskBackend, KioskCommand, Screen, StatusBar, TakenView } from './state.js';

/** Most unconfirmed hand-overs that are shown. */
const PENDING_MAX = 20;

/** What the kiosk shows is made from. */
export interface BackendParts {
  readonly terminal: string;
  readonly site: string;
  readonly tap: Tap;
  readonly journal: Journal;
  readonly trust: Trust;
  readonly clock: Clock;
  /** The parts of the bar that only the composition knows. */
  bar(): Pick<StatusBar, 'connection' | 'readers' | 'servedToday'>;
  /** Calls the listener whenever `bar()` would answer otherwise; returns how to stop. */
  subscribeBar(listener: () => void): () => void;
}

/** Makes the backend that the kiosk server serves. */
export function kioskBackend(parts: BackendParts): KioskBackend {
  const { tap, journal, clock } = parts;
  let version = 0;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };
  tap.subscribe(changed);
  journal.subscribe(changed);
  parts.subscribeBar(changed);
  return {
    state: () => {
      const { backlog, lastContactMs } = journal.state();
      return {
        version,
        nowMs: clock.nowMs(),
        screen: screenOf(tap.state(), parts),
        bar: {
          terminal: parts.terminal,
          site: parts.site,
          timeZone: parts.trust.policy().timeZone,
          backlog,
          lastContactMs,
          ...parts.bar(),
        },
      };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    command: (command) => carryOut(command, parts),
  };
}

async function carryOut(command: KioskCommand, parts: BackendParts): Promise<void> {
  const { tap, trust } = parts;
  switch (command.type) {
    case 'confirm':
      return tap.confirm(command.tapId, itemsOf(command.quantities, trust.policy()));
    case 'cancel':
      return tap.cancel(command.tapId);
    case 'handover':
      return tap.handover(command.tapId);
    case 'dismiss':
      return tap.dismiss(command.tapId);
  }
}

function itemsOf(quantities: Readonly<Record<string, number>>, policy: Policy): TakenItem[] {
  const commodities = policy.programmes.flatMap((programme) => programme.commodities);
  return Object.entries(quantities).map(([id, quantity]) => {
    const commodity = commodities.find((candidate) => candidate.id === id);
    if (commodity === undefined) throw new WaslError('ERR_QUANTITY', `there is no commodity called ${id.slice(0, 32)}`);
    return { commodity: commodity.number, quantity };
  });
}

function screenOf(state: TapState, parts: BackendParts): Screen {
  const policy = parts.trust.policy();
  switch (state.name) {
    case 'idle':
    case 'voided':
      return { name: 'idle', pending: pendingOf(parts) };
    case 'reading':
      return { name: 'reading' };
    case 'writing':
      return { name: 'writing', tapId: state.tapId };
    case 'offer':
      return {
        name: 'offer',
        tapId: state.tapId,
        programme: state.programme.title,
        holder: holderOf(state.credential),
        items: state.offer.items.map((item) => ({
          ...named(policy, item.commodity),
          available: item.available,
          usedDay: item.usedDay,
          quotaDay: item.quotaDay ?? 0,
          usedMonth: item.usedMonth,
          quotaMonth: item.quotaMonth ?? 0,
        })),
      };
    case 'granted': {
      const { tapId, epoch, seq, atMs } = state;
      const card = state.credential.entitlements.card;
      const handover = handoverOf({ tapId, epoch, seq, atMs, card, items: state.items }, parts);
      return { name: 'granted', tapId, holder: holderOf(state.credential), handover };
    }
    case 'refused':
      return {
        name: 'refused',
        tapId: state.tapId,
        code: state.code,
        text: reasonText(state.code),
        holder: state.credential === null ? null : holderOf(state.credential),
      };
    case 'unresolved':
      return { name: 'unresolved', tapId: state.tapId, code: state.code, text: reasonText('ERR_TAP_UNRESOLVED') };
  }
}

function pendingOf(parts: BackendParts): HandoverView[] {
  const grants: UndispensedGrant[] = [...parts.journal.state().undispensed.values()];
  return grants.slice(-PENDING_MAX).map(({ intent, epoch, seq }) => {
    const { tapId, atMs, card, items } = intent;
    return handoverOf({ tapId, epoch, seq, atMs, card, items }, parts);
  });
}

function handoverOf(
  grant: { tapId: string; epoch: string; seq: number; atMs: number; card: number; items: readonly TakenItem[] },
  parts: BackendParts,
): HandoverView {
  const policy = parts.trust.policy();
  const taken = grant.items.map((item): TakenView => ({ ...named(policy, item.commodity), quantity: item.quantity }));
  const receipt = eventId(parts.terminal, grant.epoch, grant.seq);
  return { tapId: grant.tapId, receipt, atMs: grant.atMs, taken, cardEnding: endingOf(grant.card) };
}

function holderOf(credential: Credential): HolderView {
  const { identity, entitlements } = credential;
  const first = { text: identity.fullName, language: identity.language };
  return {
    names: identity.secondName === null ? [first] : [first, identity.secondName],
    householdSize: entitlements.householdSize,
    draws: entitlements.draws,
    cardEnding: endingOf(entitlements.card),
  };
}

function named(policy: Policy, number: number): { commodity: string; name: Texts; unit: CountedTexts } {
  const commodity: Commodity | undefined = policy.programmes
    .flatMap((programme) => programme.commodities)
    .find((candidate) => candidate.number === number);
  // A grant of an older policy may name what the present one no longer has.
  const label = `#${number}`;
  const unknown: Texts = { ar: label, fr: label, en: label };
  return { commodity: commodity?.id ?? label, name: commodity?.name ?? unknown, unit: commodity?.unit ?? unknown };
}

function endingOf(card: number): string {
  return String(card).padStart(4, '0').slice(-4);
}
