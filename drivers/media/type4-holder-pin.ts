/**
 * The holder's PIN of a smart card (`docs/formats/card.md`): checked, set, changed, unblocked. The card counts every try before it compares, and changes a PIN in one
 * transaction. Nothing of a PIN or a code is in an error.
 */
import type { PinSecrets } from '../../agent/credential/personalise.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { CardSession, HolderPinStore, PinAnswer, PinChange } from '../medium.js';
import type { ApduCard } from '../reader.js';
import {
  type AppletPinState,
  type AppletState,
  changePinCommand,
  NO_PIN,
  STATUS,
  splitAnswer,
  unblockCommand,
  verifyCommand,
  writeCodeCommand,
} from './type4-apdu.js';

/** Has the card check the holder's PIN; the applet must be selected. The card counts the tries. */
export async function verifyPin(card: ApduCard, pin: string): Promise<PinAnswer> {
  const { status } = splitAnswer(await card.transmit(verifyCommand(pin)));
  if (status === STATUS.ok) return { result: 'right' };
  if (status === STATUS.blocked) return { result: 'blocked' };
  if (status === STATUS.noFile || status === STATUS.notUsable) return { result: 'none' };
  if ((status & 0xfff0) === STATUS.wrongPin) return { result: 'wrong', triesLeft: status & 0x0f };
  throw new WaslError('ERR_CARD_IO', `the card answered VERIFY with ${status.toString(16)}`, { details: { status } });
}

/** Whether the card has a PIN that proves its holder: not one of a letter. */
export function canProve({ pinTries, pin }: AppletState): boolean {
  return pinTries !== NO_PIN && pin?.state !== 'transport';
}

/** Where the applet has the commands, and something to change: a PIN, or the code without which no first one is taken. */
export function holderPinOf(card: ApduCard, { pinTries, pin }: AppletState): Pick<CardSession, 'holderPin'> {
  if (pin === null || (pin.state === 'none' && pin.codeTries === null)) return {};
  return { holderPin: new AppletPin(card, pin, pinTries) };
}

/** Writes what a card is made with besides its content: before ACTIVATE, as often as it is tried. Rejects with `ERR_HOLDER_PIN_UNSUPPORTED`, and `ERR_CARD_WRITE`. */
export async function writePinSecrets(
  card: ApduCard,
  state: AppletPinState | null,
  secrets: PinSecrets | undefined,
): Promise<void> {
  if (secrets === undefined) return;
  if (state === null) throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED');
  const { code, transportPin } = secrets;
  const commands = [writeCodeCommand(code), ...(transportPin === null ? [] : [changePinCommand(null, transportPin)])];
  for (const command of commands) {
    const { status } = splitAnswer(await card.transmit(command));
    if (status !== STATUS.ok) throw new WaslError('ERR_CARD_WRITE', undefined, { details: { status } });
  }
}

/** See {@link HolderPinStore}. */
class AppletPin implements HolderPinStore {
  readonly state: HolderPinStore['state'];
  readonly triesLeft: number | null;
  readonly codeTriesLeft: number | null;
  readonly #card: ApduCard;

  constructor(card: ApduCard, { state, codeTries }: AppletPinState, pinTries: number) {
    this.#card = card;
    this.state = state;
    this.triesLeft = pinTries === NO_PIN ? null : pinTries;
    this.codeTriesLeft = codeTries;
  }

  set(pin: string): Promise<PinChange> {
    return this.#send(changePinCommand(null, pin));
  }

  change(old: string, pin: string): Promise<PinChange> {
    return this.#send(changePinCommand(old, pin));
  }

  unblock(code: Uint8Array, pin: string): Promise<PinChange> {
    return this.#send(unblockCommand(code, pin));
  }

  async #send(command: Uint8Array): Promise<PinChange> {
    const { status } = splitAnswer(await this.#card.transmit(command));
    if (status === STATUS.ok) return { result: 'done' };
    if (status === STATUS.blocked) return { result: 'blocked' };
    if (status === STATUS.conditions || status === STATUS.noFile) return { result: 'refused' };
    if ((status & 0xfff0) === STATUS.wrongPin) {
      const triesLeft = status & 0x0f;
      return triesLeft === 0 ? { result: 'blocked' } : { result: 'wrong', triesLeft };
    }
    if (status === STATUS.unknownInstruction || status === STATUS.unknownClass)
      throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED');
    throw new WaslError('ERR_CARD_WRITE', undefined, { details: { status } });
  }
}
