/** Quotas: of the day, of the month and of the year, once; and what is allowed where a ledger is in doubt or a medium can be copied. */
import { type AllotmentBounds, boundsOf, mostUnder, quotaOf } from '../entitlement.js';
import { atMost, type Finding, type ItemLook, type ItemRule, NOTHING, when } from '../rule.js';
import { tallyOf, usageOf } from '../state.js';
import { stepReached } from './offline.js';

/** The quota of the day, and of the days that may be collected ahead. */
export const quotaDay: ItemRule = {
  per: 'item',
  name: 'quota-day',
  reason: 'ERR_QUOTA_DAY',
  look: (at) => ofDay(at, (bounds) => mostUnder(at.state, at.commodity.number, dayAlone(bounds))),
};

/** The part of it that the ladder leaves a terminal without the centre, rounded down. */
export const quotaDayOffline: ItemRule = {
  per: 'item',
  name: 'quota-day-offline',
  reason: 'ERR_OFFLINE_DAYS',
  look: (at) => {
    const step = stepReached(at.snapshot.programme, at.snapshot.exposure);
    if (step === undefined || step.permille >= 1000) return NOTHING;
    const { usedDay } = usageOf(at.state, at.commodity.number);
    const { ahead } = tallyOf(at.state, at.commodity.number);
    return ofDay(
      at,
      ({ quotaDay: quota, aheadDays }) => permilleOf(quota, step.permille) * (1 + aheadDays) - usedDay - ahead,
    );
  },
};

/** What the programme gives in a day to a medium that can be copied. */
export const quotaDayCopyable: ItemRule = {
  per: 'item',
  name: 'quota-day-copyable',
  reason: 'ERR_QUOTA_DAY',
  look: ({ snapshot: { programme, medium }, state, commodity }) => {
    const { copyableMaxDay } = programme;
    if (!medium.isCopyable || copyableMaxDay === undefined) return NOTHING;
    const { usedDay } = usageOf(state, commodity.number);
    const { ahead } = tallyOf(state, commodity.number);
    return atMost(copyableMaxDay - usedDay - ahead, { copyableMaxDay, usedDay: usedDay + ahead });
  },
};

/** What the programme gives to a card whose ledger is in doubt. */
export const quotaDoubtful: ItemRule = {
  per: 'item',
  name: 'quota-doubtful',
  reason: 'ERR_QUOTA_DAY',
  look: ({ snapshot: { programme, ledger } }) =>
    ledger.isDoubtful
      ? atMost(programme.doubtfulLedgerMax, { doubtfulLedgerMax: programme.doubtfulLedgerMax })
      : NOTHING,
};

/** The quota of the month, and what the account holds in which the commodity accumulates. */
export const quotaMonth: ItemRule = {
  per: 'item',
  name: 'quota-month',
  reason: 'ERR_QUOTA_MONTH',
  look: ({ snapshot, state, commodity }) => {
    const bounds = boundsOf(snapshot, state, commodity);
    if (bounds.quotaMonth === null) return NOTHING;
    const { usedMonth } = usageOf(state, commodity.number);
    const { balance, quotaMonth: quota, quotaDay } = bounds;
    const most = mostUnder(state, commodity.number, bounds);
    const facts = { quota, usedMonth, balance };
    // Where the days alone allow no more, it is not the month that holds anybody back.
    const isOfMonth = quotaDay === null || most < mostUnder(state, commodity.number, dayAlone(bounds));
    return isOfMonth ? atMost(most, facts) : when(true, facts);
  },
};

/** The quota of the calendar year. */
export const quotaYear: ItemRule = {
  per: 'item',
  name: 'quota-year',
  reason: 'ERR_QUOTA_YEAR',
  look: ({ snapshot, state, commodity }) => {
    const quota = quotaOf(commodity, 'year', snapshot.holder);
    const { usedYear } = tallyOf(state, commodity.number);
    return quota === null ? NOTHING : atMost(quota - usedYear, { quota, usedYear });
  },
};

/** What is served once in the life of the ledger. */
export const quotaOnce: ItemRule = {
  per: 'item',
  name: 'quota-once',
  reason: 'ERR_QUOTA_ONCE',
  look: ({ snapshot, state, commodity }) => {
    const quota = quotaOf(commodity, 'once', snapshot.holder);
    const { usedEver } = tallyOf(state, commodity.number);
    return quota === null ? NOTHING : atMost(quota - usedEver, { quota, usedEver });
  },
};

/** The bounds without the month; what accumulated goes beyond a day only where there is no quota for the month. */
function dayAlone(bounds: AllotmentBounds): AllotmentBounds {
  return { ...bounds, quotaMonth: null, balance: bounds.quotaMonth === null ? bounds.balance : 0 };
}

/** A part of a quota in thousandths, rounded down. */
export function permilleOf(quota: number, permille: number): number {
  return Math.floor((quota * permille) / 1000);
}

type DayBounds = AllotmentBounds & { readonly quotaDay: number };

function ofDay({ snapshot, state, commodity }: ItemLook, most: (bounds: DayBounds) => number): readonly Finding[] {
  const bounds = boundsOf(snapshot, state, commodity);
  const { quotaDay: quota, aheadDays } = bounds;
  if (quota === null) return NOTHING;
  const { usedDay } = usageOf(state, commodity.number);
  const { ahead } = tallyOf(state, commodity.number);
  return atMost(most({ ...bounds, quotaDay: quota }), { quota, usedDay, aheadDays, ahead });
}
