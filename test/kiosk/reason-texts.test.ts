/** What clerks are told when a rule refuses. */
import { describe, expect, test } from 'vitest';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import { RULES } from '../../agent/services/decide.js';

/** What is said of a card that was not read: never the reason of a rule. */
const READ_AGAIN = reasonText('ERR_CARD_IO');

describe('the reason of every rule', () => {
  test.each([...new Set(RULES.map(({ reason }) => reason))].sort())('%s has words of its own', (reason) => {
    const text = reasonText(reason);
    expect(text).not.toEqual(READ_AGAIN);
    for (const words of Object.values(text)) expect(words.length).toBeGreaterThan(10);
  });

  test('so does a trial', () => {
    expect(reasonText('ERR_PROGRAMME_TRIAL')).not.toEqual(READ_AGAIN);
  });
});
