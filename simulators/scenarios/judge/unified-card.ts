/** The unified card: who got it where, when it began to work, and where. */
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence } from './evidence.js';
import type { Verdict } from './verdict.js';

const [RATIONS, CARDS, TRIAL] = [1, 2, 3] as const;
const [LOAF, ACTIVATION, HAND_OVER] = [1, 6, 21] as const;
const DESKS = { 'post-': 25, 'supply-': 5, 'insurance-': 1, 'governorate-': 1 } as const;
/** A mean month, in seconds. */
const S_PER_MONTH = 30.44 * 86_400;
/** In the order in which they were opened: those of one line together. */
const [FIRST, ...LATER] = [['port-said'], ['luxor', 'ismailia'], ['aswan', 'south-sinai']] as const;

/** Judges the rows of the scenario. */
export function judgeUnifiedCard(evidence: Evidence): readonly Verdict[] {
  const rations = servicesOf(evidence, RATIONS);
  return [handOver(evidence), activation(evidence, rations), trial(evidence), rollOut(evidence, rations)];
}

/** UC2: at each kind of desk, each recorded, each card once, and only to whoever had its letter: they made a PIN of their own of the letter's, at that desk, and typed it. */
function handOver(evidence: Evidence): Verdict {
  const handed = servicesOf(evidence, CARDS).filter(({ event }) => quantityOf(event.items, HAND_OVER) > 0);
  const perCard = new Map<number, number>();
  for (const { event } of handed) perCard.set(event.card, (perCard.get(event.card) ?? 0) + 1);
  const desks = Object.fromEntries(
    Object.keys(DESKS).map((kind) => [
      kind,
      new Set(handed.filter(({ site }) => site.startsWith(kind)).map(({ site }) => site)).size,
    ]),
  );
  // Of few people not every desk sees one.
  const enough = Object.entries(DESKS).every(
    ([kind, count]) => (desks[kind] ?? 0) === Math.min(count, evidence.cards.length),
  );
  return row('UC2', {
    'desks of every kind handed cards over': { holds: enough, found: desks },
    'every card was handed over and recorded': none(
      evidence.cards.filter(({ serial }) => !perCard.has(serial)).map(({ serial }) => serial),
    ),
    'no card twice': none([...perCard].filter(([, times]) => times > 1)),
    'each to whoever typed its PIN': none(
      handed.filter(({ event }) => event.details?.factor !== 'pin').map(({ id }) => id),
    ),
    ...pinClauses(evidence, handed),
    'who could not show who they are went without': atLeast(1, refused(evidence, 'ERR_FACTOR_NEEDED', CARDS)),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

/** The PIN of each card is its holder's own, made of the letter's at the desk that handed the card over, before it did; the wrong letter's made none. */
function pinClauses(evidence: Evidence, handed: readonly JudgedService[]): Readonly<Record<string, Clause>> {
  const pins = evidence.events.flatMap(({ id, event, terminal }) =>
    event.type === 'holder-pin' ? [{ id, event, terminal }] : [],
  );
  const changed = pins.filter(({ event }) => event.action === 'changed' && event.stage === 'done');
  const elsewhere = handed.filter(
    ({ event, terminal }) =>
      changed.filter(
        (one) => one.event.card === event.card && one.terminal === terminal && one.event.time <= event.time,
      ).length !== 1,
  );
  const ended = new Set(pins.filter(({ event }) => event.stage !== 'begun').map(({ event }) => hex(event.id)));
  const begun = pins.filter(({ event }) => event.stage === 'begun').map(({ event }) => hex(event.id));
  return {
    'every card has the PIN that its holder chose': none(
      evidence.cards.filter(({ pin }) => pin !== 'set').map(({ serial, pin }) => ({ serial, pin })),
    ),
    'each chosen once, at the desk that handed the card over, before it did': none(elsewhere.map(({ id }) => id)),
    'the PIN of another letter made none': atLeast(
      1,
      pins.filter(({ event }) => event.stage === 'refused' && event.code === 'ERR_HOLDER_PIN'),
    ),
    'every change was told before the card was asked, and its end after': {
      holds: begun.length > 0 && begun.length === ended.size && begun.every((id) => ended.has(id)),
      found: { begun: begun.length, ended: ended.size },
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** UC4: nothing before the activation of that card; activations only after the cards were handed over. */
function activation(evidence: Evidence, rations: readonly JudgedService[]): Verdict {
  const begun = firstOf(rations.filter(({ event }) => quantityOf(event.items, ACTIVATION) > 0));
  const loaves = rations.filter(({ event }) => quantityOf(event.items, LOAF) > 0);
  const early = loaves.filter(
    ({ event }) => (begun.get(event.card)?.event.time ?? Number.POSITIVE_INFINITY) > event.time,
  );
  const handedOver = servicesOf(evidence, CARDS).map(({ event }) => event.time);
  const [firstHandOver, lastHandOver] = [Math.min(...handedOver), Math.max(...handedOver)];
  const months = (lastHandOver - firstHandOver) / S_PER_MONTH;
  const firstActivation = Math.min(...[...begun.values()].map(({ event }) => event.time));
  return row('UC4', {
    'cards were activated': atLeast(1, [...begun.values()]),
    'activated cards work': atLeast(1, loaves),
    'no card gave anything before it was activated': none(early.map(({ id }) => id)),
    'cards that were not activated were refused': atLeast(1, refused(evidence, 'ERR_ACCOUNT_NEEDED', RATIONS)),
    'distribution took two to three months': {
      holds: months >= 2 && months <= 3,
      found: { months: Math.round(months * 10) / 10 },
    },
    'activation began after the last card was handed over': {
      holds: firstActivation > lastHandOver,
      found: { lastHandOver: iso(lastHandOver), firstActivation: iso(firstActivation) },
    },
  });
}

/** UC5: trials are recorded as such before the activation, and no card shows anything of them. */
function trial(evidence: Evidence): Verdict {
  const tried = servicesOf(evidence, TRIAL);
  const real = tried.filter(({ event }) => event.details?.isTrial !== true || event.ledgerSequence !== 0);
  const numbers = new Set(tried.flatMap(({ event }) => event.items.map(({ commodity }) => commodity)));
  const marked = evidence.cards.filter(({ ledger }) => ledger?.usage.some(({ commodity }) => numbers.has(commodity)));
  const firstActivation = Math.min(
    ...servicesOf(evidence, RATIONS)
      .filter(({ event }) => quantityOf(event.items, ACTIVATION) > 0)
      .map(({ event }) => event.time),
  );
  return row('UC5', {
    'trials were recorded': atLeast(1, tried),
    'all of them as trials': none(real.map(({ id }) => id)),
    'before any card was activated': none(
      tried.filter(({ event }) => event.time >= firstActivation).map(({ id }) => id),
    ),
    'no card shows anything of them': none(marked.map(({ serial }) => serial)),
  });
}

/** UC6: later areas begin with a later policy, at terminals that are the same all along. */
function rollOut(evidence: Evidence, rations: readonly JudgedService[]): Verdict {
  const at = (area: string) => rations.filter(({ site }) => site.startsWith(`${area}-`));
  const versions = (area: string): number => Math.min(...at(area).map(({ event }) => event.versions.policy));
  const before = [FIRST, ...LATER];
  const begun = evidence.events.flatMap(({ terminal, event }) => (event.type === 'epoch' ? [{ terminal, event }] : []));
  // A new quarter goes on with the chain of the one before; anything else would be another beginning.
  const anew = begun.filter(
    ({ event: { cause, previous } }) => cause !== 'first' && (cause !== 'period' || previous === null),
  );
  const firsts = begun.filter(({ event }) => event.cause === 'first').map(({ terminal }) => terminal);
  return row('UC6', {
    'Port Said was served first': atLeast(1, at(FIRST[0])),
    ...Object.fromEntries(
      LATER.flatMap((areas, phase) =>
        areas.map((area) => [
          `${area} was served from a later policy on than ${before[phase]?.join(' and ')}`,
          {
            holds: at(area).length > 0 && (before[phase] ?? []).every((one) => versions(area) > versions(one)),
            found: { policy: versions(area), services: at(area).length },
          },
        ]),
      ),
    ),
    ...Object.fromEntries(
      LATER.flat().map((area) => [
        `${area} was refused before`,
        atLeast(
          1,
          refused(evidence, 'ERR_SITE_AREA', RATIONS).filter(({ terminal }) => terminal.endsWith(`-${area}`)),
        ),
      ]),
    ),
    'every terminal began once': {
      holds: firsts.length > 0 && new Set(firsts).size === firsts.length,
      found: { terminals: firsts.length },
    },
    'no terminal began anew': none(anew.map(({ terminal }) => terminal)),
  });
}

function refused(evidence: Evidence, reason: string, programme: number) {
  return evidence.events.filter(
    ({ event }) => event.type === 'refusal' && event.reason === reason && event.programme === programme,
  );
}

function firstOf(services: readonly JudgedService[]): Map<number, JudgedService> {
  const found = new Map<number, JudgedService>();
  for (const service of services) {
    const known = found.get(service.event.card);
    if (known === undefined || known.event.time > service.event.time) found.set(service.event.card, service);
  }
  return found;
}

function iso(timeSec: number): string | null {
  return Number.isFinite(timeSec) ? new Date(timeSec * 1000).toISOString() : null;
}
