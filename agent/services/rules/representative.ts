/** Drawing for somebody else. These look where a representative stands at the desk. */
import { NOTHING, type ServiceRule, when } from '../rule.js';

/** The programme allows it, and this person is of the household, or named for the holder. */
export const representative: ServiceRule = {
  per: 'service',
  name: 'representative',
  reason: 'ERR_REPRESENTATIVE',
  look: ({ snapshot: { programme, holder }, request }) => {
    const { representative: person } = request;
    if (person === undefined) return NOTHING;
    const { who } = programme.representatives ?? {};
    // A credential without room for its household, and a list without the column, say 0: that is nobody's.
    const isSame = person.household !== 0 && person.household === holder.household;
    const isOfHousehold = who === 'household' && isSame;
    const isNamed = who === 'named' && person.isNamed;
    return when(isOfHousehold || isNamed, { who: who ?? null, household: person.household, isNamed: person.isNamed });
  },
};

/** This person has not drawn for others too often this month. */
export const representativeMonth: ServiceRule = {
  per: 'service',
  name: 'representative-month',
  reason: 'ERR_REPRESENTATIVE',
  look: ({ snapshot: { programme, exposure }, request }) => {
    const { perMonthMax } = programme.representatives ?? {};
    if (request.representative === undefined || perMonthMax === undefined) return NOTHING;
    const { card } = request.representative;
    const representedThisMonth = exposure.representedThisMonth.find((one) => one.card === card)?.count ?? 0;
    return when(representedThisMonth < perMonthMax, { representedThisMonth, perMonthMax });
  },
};
