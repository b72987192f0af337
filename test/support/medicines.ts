/** Medicines beside bread: a programme of the health family, for desks and cards that serve both. */
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { Programme } from '../../agent/domain/policy.js';
import { POLICY, type TestTrust, testTrust } from './desk.js';

const WORDS = { ar: 'دواء', fr: 'médicament', en: 'medicine' };

/** Numbers of the commodities. */
export const LOAF = 1;
export const BOX = 21;

/** Four boxes a day for a card, one from a doubtful ledger. */
export const MEDICINES: Programme = {
  id: 'medicines',
  number: 2,
  title: WORDS,
  family: LEDGER_FAMILIES.health,
  schemes: [1],
  commodities: [
    { id: 'box', number: BOX, name: WORDS, unit: WORDS, quotas: [{ per: 'card', every: 'day', amount: 4 }] },
  ],
  doubtfulLedgerMax: 1,
};

/** Both programmes, with services that can be taken back, and issuers that may sign for both. */
export function trustWithMedicines(): TestTrust {
  const voids = { withinSeconds: 3600, perDayMax: 5 };
  const own = testTrust({ programmes: [...POLICY.programmes, MEDICINES].map((one) => ({ ...one, voids })) });
  return {
    ...own,
    issuerKeys: (keyId) => own.issuerKeys(keyId).map((key) => ({ ...key, programmes: [1, MEDICINES.number] })),
  };
}
