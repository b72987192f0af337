/** Who may draw: by the ration scheme of the card, by the plan and class of its coverage, and after its waiting time. */
import type { CoverageRule, Programme } from '../../domain/policy.js';
import { NOTHING, type ServiceRule, when } from '../rule.js';
import type { HolderFacts } from '../service.js';

/**
 * The card is enrolled in one of the schemes. A programme without schemes is for whom its coverage, or the list of its campaign, names; without
 * either it is for nobody. For a person without a card the list of the campaign stands in.
 */
export const scheme: ServiceRule = {
  per: 'service',
  name: 'scheme',
  reason: 'ERR_PROGRAMME_NOT_ENTITLED',
  look: ({ snapshot: { programme, holder } }) =>
    isByRosterAlone(programme, holder)
      ? NOTHING
      : when(isEnrolled(programme, holder), { scheme: holder.rationScheme, schemes: programme.schemes.join(' ') }),
};

/** The coverage on the card names a plan, and a class of it, that is covered. */
export const coveragePlan: ServiceRule = {
  per: 'service',
  name: 'coverage-plan',
  reason: 'ERR_COVERAGE_PLAN',
  look: ({ snapshot: { programme, holder } }) => {
    if (programme.coverage === undefined || isByRosterAlone(programme, holder)) return NOTHING;
    const { coverage } = holder;
    return when(isPlanCovered(programme.coverage, holder), {
      plan: coverage?.plan ?? null,
      class: coverage?.class ?? null,
      plans: programme.coverage.plans.map(({ plan }) => plan).join(' '),
    });
  },
};

/** The waiting days after the issue of the card are over. */
export const coverageWaiting: ServiceRule = {
  per: 'service',
  name: 'coverage-waiting',
  reason: 'ERR_COVERAGE_WAITING',
  look: ({ snapshot: { programme, holder, day } }) => {
    const { waitingDays } = programme.coverage ?? {};
    if (waitingDays === undefined || isByRosterAlone(programme, holder)) return NOTHING;
    const days = day - holder.issuedDay;
    return when(days >= waitingDays, { days, waitingDays });
  },
};

/** Whether schemes and coverage name this holder, whatever the day. */
export function coversHolder(programme: Programme, holder: HolderFacts): boolean {
  return (
    isEnrolled(programme, holder) && (programme.coverage === undefined || isPlanCovered(programme.coverage, holder))
  );
}

/** The first day on which the coverage of the holder counts; long ago where there is no waiting time. */
export function coverageCountsFrom({ coverage }: Programme, { issuedDay }: HolderFacts): number {
  return coverage?.waitingDays === undefined ? Number.NEGATIVE_INFINITY : issuedDay + coverage.waitingDays;
}

/** Whether this is a person without a card whom a campaign serves from its list. */
export function isByRosterAlone({ campaign }: Programme, { card }: HolderFacts): boolean {
  return card === null && campaign?.withoutCard === true && campaign.roster !== undefined;
}

function isEnrolled({ schemes, coverage, campaign }: Programme, { rationScheme }: HolderFacts): boolean {
  if (schemes.length === 0) return coverage !== undefined || campaign?.roster !== undefined;
  return rationScheme !== null && schemes.includes(rationScheme);
}

function isPlanCovered({ plans }: CoverageRule, { coverage }: HolderFacts): boolean {
  if (coverage === null) return false;
  const covered = plans.find(({ plan }) => plan === coverage.plan);
  return covered !== undefined && (covered.classes === undefined || covered.classes.includes(coverage.class));
}
