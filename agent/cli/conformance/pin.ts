/** The check of a card's PIN: set, counted, changed, blocked and unblocked, each seen again on a card that is opened anew. */
import { randomBytes } from 'node:crypto';
import type { CardSession, HolderPinStore, PinChange } from '../../../drivers/medium.js';
import { expectThat, leftOut } from '../../cards/conformance.js';
import { UNBLOCKING_CODE_BYTES } from '../../credential/pin-codes.js';

/** The unblocking code of the test card: nobody keeps it. */
export const CODE: Uint8Array = Uint8Array.from(randomBytes(UNBLOCKING_CODE_BYTES));

const PINS = { first: '2580', second: '7391', third: '48260', wrong: '1357' } as const;
/** More than any card may take. */
const TRIES_MAX = 15;

/** Carries the check out; resolves to what was seen. Leaves the card with a PIN that is not blocked. */
export async function checkPinOf(open: () => Promise<CardSession>): Promise<string> {
  if ((await open()).holderPin === undefined) return leftOut('the PIN of this card can be neither set nor changed');
  const store = async (): Promise<HolderPinStore> =>
    (await open()).holderPin ?? leftOut('the card has no PIN any more');
  const verify = async (pin: string): Promise<string> => (await (await open()).verifyPin?.(pin))?.result ?? 'none';
  came('the first PIN', await (await store()).set(PINS.first), 'done');
  came('another first PIN', await (await store()).set(PINS.second), 'refused');
  expectThat(
    (await verify(PINS.first)) === 'right',
    'ERR_CARD_WRITE',
    'the PIN that was set does not prove its holder',
  );
  came('a change with a wrong old PIN', await (await store()).change(PINS.wrong, PINS.second), 'wrong');
  const { triesLeft, codeTriesLeft } = await store();
  expectThat(triesLeft !== null, 'ERR_CARD_IO', 'the card does not tell how many tries are left');
  came('a change', await (await store()).change(PINS.first, PINS.second), 'done');
  expectThat((await verify(PINS.first)) === 'wrong', 'ERR_CARD_WRITE', 'the old PIN counts after the change');
  const tries = await block(verify);
  came('a change on a blocked card', await (await store()).change(PINS.second, PINS.third), 'blocked');
  came('the code of another card', await (await store()).unblock(new Uint8Array(CODE.length), PINS.third), 'wrong');
  const now = (await store()).codeTriesLeft;
  expectThat(
    now !== null && codeTriesLeft !== null && now === codeTriesLeft - 1,
    'ERR_CARD_IO',
    'a wrong unblocking code is not counted',
  );
  came('its own code', await (await store()).unblock(CODE, PINS.third), 'done');
  expectThat(
    (await verify(PINS.third)) === 'right',
    'ERR_CARD_WRITE',
    'the PIN that unblocked the card does not prove its holder',
  );
  return `set, changed, blocked after ${tries} wrong ones, unblocked`;
}

async function block(verify: (pin: string) => Promise<string>): Promise<number> {
  // One was wrong already, since the last right one.
  for (let tries = 2; tries <= TRIES_MAX; tries += 1) if ((await verify(PINS.wrong)) === 'blocked') return tries;
  expectThat(false, 'ERR_CARD_IO', `the card takes more than ${TRIES_MAX} wrong PINs`);
  return 0;
}

function came(what: string, { result }: PinChange, wanted: PinChange['result']): void {
  expectThat(result === wanted, 'ERR_CARD_WRITE', `${what} came to "${result}", not to "${wanted}"`);
}
