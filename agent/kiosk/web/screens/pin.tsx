import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { HintView } from '../../state.js';
import { type KeyActions, useKeys, usePage } from '../context.js';
import { Icon, type IconName } from '../icons.js';
import { Key } from '../key.js';

/** Digits of a PIN, as the terminal takes it. */
const STAFF_DIGITS = { min: 6, max: 12 } as const;
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;

/** Somebody with a PIN. */
export interface PinPerson {
  readonly number: number;
  readonly name: string;
}

/** What a {@link usePin} is given. */
export interface PinParts {
  readonly people: readonly PinPerson[];
  /** Sends a PIN that is whole. */
  readonly onPin: (person: number, pin: string) => void;
  readonly onCancel?: () => void;
  /** Fewest and most digits; those of a person who serves where nothing else is said. */
  readonly digits?: { readonly min: number; readonly max: number };
}

/** A PIN that is being typed, and by whom. It stays on this screen until it is sent, and is gone then. */
export interface TypedPin {
  readonly pin: string;
  readonly people: readonly PinPerson[];
  /** Place of the one who is chosen. */
  readonly at: number;
  readonly isWhole: boolean;
  readonly type: (digit: string) => void;
  readonly erase: () => void;
  readonly next: () => void;
  readonly send: () => void;
}

/** Lets one of these people type their PIN, by touch and by keyboard. */
export function usePin({ people, onPin, onCancel, digits = STAFF_DIGITS }: PinParts): TypedPin {
  const { busy } = usePage();
  const [pin, setPin] = useState('');
  const [chosen, setChosen] = useState(0);
  // The list may have changed under our hands.
  const at = chosen % Math.max(1, people.length);
  const person = people[at];
  const isWhole = pin.length >= digits.min && person !== undefined;
  const type = (digit: string): void => setPin((now) => (now + digit).slice(0, digits.max));
  const erase = (): void => setPin((now) => now.slice(0, -1));
  const next = (): void => {
    setChosen(at + 1);
    setPin('');
  };
  const send = (): void => {
    if (!isWhole || busy) return;
    onPin(person.number, pin);
    setPin('');
  };
  const cancel = onCancel === undefined ? {} : { Escape: onCancel };
  useKeys({ Enter: send, ...cancel, Backspace: erase, ArrowDown: next, ...digitKeys(type) });
  return { pin, people, at, isWhole, type, erase, next, send };
}

/** Who types. Where there are several, each press goes on to the next by name. */
export function PersonKey({ typed: { people, at, next }, id }: { readonly typed: TypedPin; readonly id: string }) {
  const { speech } = usePage();
  return (
    <Key kind="plain" id={id} disabled={people.length < 2} onPress={next}>
      <Icon name="persons" />
      <bdi class="supervisor-name" dir="auto">
        {people[at]?.name}
      </bdi>
      {people.length > 1 && (
        <span class="supervisor-count">{speech.say('ofTotal', { n: at + 1, m: people.length })}</span>
      )}
    </Key>
  );
}

/** What a {@link PinEntry} shows. */
export interface PinEntryProps {
  readonly typed: TypedPin;
  /** What is asked for, and what the key below says. */
  readonly ask: string;
  readonly allow: string;
  readonly id: string;
  readonly icon?: IconName;
}

/** The digits, hidden, and the key that sends them. */
export function PinEntry({ typed, ask, allow, id, icon = 'check' }: PinEntryProps): JSX.Element {
  const { speech, busy } = usePage();
  const { pin, isWhole, type, erase, send } = typed;
  return (
    <div class="authorise-pin">
      <p class="pin" role="img" aria-label={`${ask} ${speech.number(pin.length)}`}>
        {pin === '' ? ask : '●'.repeat(pin.length)}
      </p>
      <PinPad onDigit={type} onErase={erase} />
      <Key kind="primary" id={id} disabled={busy || !isWhole} onPress={send}>
        <Icon name={icon} />
        {allow}
      </Key>
    </div>
  );
}

/** Digits in the order of a telephone in every language, with the signs of the one that is chosen. */
export function PinPad({
  onDigit,
  onErase,
}: {
  readonly onDigit: (digit: string) => void;
  readonly onErase: () => void;
}): JSX.Element {
  const { speech } = usePage();
  return (
    <div class="pin-pad" dir="ltr">
      {DIGITS.map((digit) => (
        <Key key={digit} kind="choice" id={`digit-${digit}`} onPress={() => onDigit(digit)}>
          {speech.number(Number(digit))}
        </Key>
      ))}
      <Key kind="plain" id="erase" onPress={onErase}>
        {speech.say('erase')}
      </Key>
    </div>
  );
}

/** Digits as keyboards of each language type them. */
export function digitKeys(type: (digit: string) => void): KeyActions {
  const actions: Record<string, () => void> = {};
  for (const digit of DIGITS) {
    actions[digit] = () => type(digit);
    actions[String.fromCodePoint(0x0660 + Number(digit))] = () => type(digit);
  }
  return actions;
}

/** Why something did not do, and what now; nothing for none. */
export function Hint({ hint }: { readonly hint: HintView | null }): JSX.Element {
  const { speech } = usePage();
  return (
    <p class="take-back-hint" role="alert" data-shown={hint !== null}>
      {hint !== null && (
        <>
          <Icon name="warning" />
          <span>{speech.pick(hint.text)}</span>
        </>
      )}
    </p>
  );
}
