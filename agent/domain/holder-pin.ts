/** The holder's PIN of a card: what it looks like, which are too easy to guess, and what can be done to it. */
import type { ErrorCode } from './error-codes.js';

/** 4 to 8 digits: what a card takes. */
export const HOLDER_PIN_SHAPE = /^[0-9]{4,8}$/;

/** What is done to a PIN. Events have them by their place: new ones are added at the end. */
export const HOLDER_PIN_ACTIONS = ['set', 'changed', 'unblocked'] as const;

/** One of {@link HOLDER_PIN_ACTIONS}. */
export type HolderPinAction = (typeof HOLDER_PIN_ACTIONS)[number];

/** How far a change of a PIN had come when it was recorded: about to be asked of the card; taken; refused by it; not answered, so that nobody knows. */
export const HOLDER_PIN_STAGES = ['begun', 'done', 'refused', 'unknown'] as const;

/**
 * The PIN of a card is set, changed or unblocked. Told twice under one id: before the card is asked, and what came of it. Where the second is missing the terminal lost its power between, and
 * nobody knows which PIN counts. Nothing of a PIN is in it.
 */
export interface HolderPinEvent {
  readonly type: 'holder-pin';
  readonly time: number;
  readonly card: number;
  /** 8 bytes: the same in both. */
  readonly id: Uint8Array;
  readonly action: HolderPinAction;
  readonly stage: (typeof HOLDER_PIN_STAGES)[number];
  /** Why the card refused, or what cut the answer off; null where nothing did. */
  readonly code: ErrorCode | null;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
  /** Who allowed it; 0 where nobody had to. */
  readonly supervisor: number;
}

/** Of whom a PIN must tell nothing. */
export interface PinHolder {
  /** `YYYYMMDD`; null where the card does not tell. */
  readonly dateOfBirth: string | null;
  /** Number of the person, as the card shows it. */
  readonly id: string;
}

/** Serial numbers of cards are printed on them: a PIN is not their end. */
export interface PinCard {
  readonly serial: number;
}

/**
 * Whether a PIN is among the first that a finder of the card would try: one digit over and over, two in turn, digits in a row upwards or downwards, the holder's birthday or year, the end of
 * what is printed on the card. With three tries, those are what a PIN is lost by.
 */
export function isEasyToGuess(pin: string, { dateOfBirth, id, serial }: PinHolder & PinCard): boolean {
  if (isPattern(pin)) return true;
  if (id.endsWith(pin) || String(serial).endsWith(pin)) return true;
  return dateOfBirth !== null && birthdays(dateOfBirth).includes(pin);
}

function isPattern(pin: string): boolean {
  const steps = Array.from(pin.slice(1), (digit, at) => (Number(digit) - Number(pin[at]) + 10) % 10);
  const [first] = steps;
  const isRow = (first === 0 || first === 1 || first === 9) && steps.every((step) => step === first);
  return isRow || /^(\d\d)\1+$/.test(pin);
}

/** The ways in which people write a day, with and without the century. */
function birthdays(date: string): readonly string[] {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)];
  const short = year.slice(2);
  const days = [`${day}${month}`, `${month}${day}`];
  const withYear = days.flatMap((one) => [`${one}${short}`, `${short}${one}`, `${one}${year}`, `${year}${one}`]);
  return [year, ...days, `${month}${short}`, `${short}${month}`, `${month}${year}`, `${year}${month}`, ...withYear];
}
