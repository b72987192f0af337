/** Referrals on slips, as part of Port Said's row of referrals: of people whose tag has no room for one. */
import { atLeast, type Clause, type JudgedService, none, servicesOf } from './checks.js';
import type { Evidence } from './evidence.js';

const FAMILY = 102;
const HEALTH_LEDGER = 2;
const REFERRAL_DAYS = 30;

/** What holds of those whose referral was printed, since their tag has no room for one. */
export function slipClauses(evidence: Evidence, used: readonly JudgedService[]): Readonly<Record<string, Clause>> {
  const tags = new Set(evidence.cards.filter(({ ledgers }) => !ledgers.has(HEALTH_LEDGER)).map(({ serial }) => serial));
  const written = servicesOf(evidence, FAMILY).filter(({ event }) => event.details?.slip !== undefined);
  const slipOf = (service: JudgedService) => service.event.details?.slips?.[0]?.slip ?? '';
  const byOf = (service: JudgedService) => written.find(({ event }) => event.details?.slip === slipOf(service));
  const wrong = used.filter((service) => {
    const by = byOf(service);
    const isOwn = by?.event.card === service.event.card && by.site === 'manakh-unit' && tags.has(service.event.card);
    return !isOwn || dayNumber(service.day) >= dayNumber(by.day) + REFERRAL_DAYS;
  });
  const chosen = new Map<number, Set<string>>();
  for (const service of used) {
    const site = byOf(service)?.event.details?.written[0]?.site ?? 0;
    chosen.set(site, (chosen.get(site) ?? new Set()).add(service.site));
  }
  const twice = used.filter((service) => used.some((other) => other !== service && slipOf(other) === slipOf(service)));
  const terminals = new Set(twice.map(({ terminal }) => terminal));
  const cases = evidence.cases.filter(({ kind }) => kind === 'slip-twice');
  const named = twice.every(({ id }) => cases.some(({ events }) => (events as readonly string[]).includes(id)));
  return {
    'who has no room for a referral was referred by slip, and treated on it': {
      holds: written.length > 0 && used.length > 0,
      found: [written.length, used.length],
    },
    'each on their own slip of the family doctor, in time': none(wrong.map(({ id }) => id)),
    'at the hospital that they chose, and more than one was chosen': {
      holds: chosen.size > 1 && [...chosen.values()].every((names) => names.size === 1),
      found: [...chosen].map(([number, names]) => [number, [...names]]),
    },
    'refused: a slip that was used, at the same terminal': atLeast(1, refusals(evidence, 'ERR_SLIP_USED')),
    'refused: somebody else’s slip': atLeast(1, refusals(evidence, 'ERR_SLIP_HOLDER')),
    'used once more at a terminal without a network, a slip is a case that names both services': {
      holds: twice.length === 2 && terminals.size === 2 && cases.length === 1 && named,
      found: { services: twice.map(({ id }) => id), cases: cases.map(({ reason }) => reason) },
    },
  };
}

function refusals(evidence: Evidence, reason: string) {
  return evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === reason);
}

function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000;
}
