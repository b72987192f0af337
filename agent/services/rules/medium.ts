/** Media that can be copied, and ledgers in doubt: where a programme refuses them altogether. What it allows them is a quota. */
import { NOTHING, type ServiceRule, when } from '../rule.js';

/** The medium cannot be copied, or the programme serves such media all the same. */
export const mediumProtection: ServiceRule = {
  per: 'service',
  name: 'medium-protection',
  reason: 'ERR_MEDIUM_PROTECTION',
  look: ({ snapshot: { programme, medium } }) => {
    const { copyableMaxDay } = programme;
    if (!medium.isCopyable || copyableMaxDay === undefined) return NOTHING;
    return when(copyableMaxDay > 0, { medium: medium.kind, copyableMaxDay });
  },
};

/** The ledger is not in doubt, or the programme serves such cards all the same. */
export const doubtfulLedger: ServiceRule = {
  per: 'service',
  name: 'doubtful-ledger',
  reason: 'ERR_LEDGER_UNTRUSTED',
  look: ({ snapshot: { programme, ledger } }) =>
    ledger.isDoubtful
      ? when(programme.doubtfulLedgerMax > 0, { doubtfulLedgerMax: programme.doubtfulLedgerMax })
      : NOTHING,
};
