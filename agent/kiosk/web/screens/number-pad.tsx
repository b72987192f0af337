import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useKeys, usePage } from '../context.js';
import { Icon, type IconName } from '../icons.js';
import { Key } from '../key.js';
import { digitKeys, PinPad } from './pin.js';

/** A number that is being typed; null before the first digit. */
export interface TypedNumber {
  readonly value: number | null;
  readonly type: (digit: string) => void;
  readonly erase: () => void;
  readonly clear: () => void;
}

/** Lets somebody type a whole number of at most so many digits, by touch and by keyboard. A sum of money is typed as at a till: the last digits are its minor units. */
export function useNumber(digitsMax: number): TypedNumber {
  const [text, setText] = useState('');
  const type = (digit: string): void => setText((now) => (now + digit).replace(/^0+(?=\d)/, '').slice(0, digitsMax));
  const erase = (): void => setText((now) => now.slice(0, -1));
  useKeys({ Backspace: erase, ...digitKeys(type) });
  return { value: text === '' ? null : Number(text), type, erase, clear: () => setText('') };
}

/** What a {@link NumberEntry} shows. */
export interface NumberEntryProps {
  readonly typed: TypedNumber;
  /** What was typed, in words; what is asked for where nothing was. */
  readonly shown: string;
  readonly next: string;
  readonly id: string;
  readonly disabled?: boolean;
  readonly icon?: IconName;
  readonly onNext: () => void;
}

/** The number, the digits, and the key that goes on. */
export function NumberEntry({
  typed,
  shown,
  next,
  id,
  disabled,
  icon = 'check',
  onNext,
}: NumberEntryProps): JSX.Element {
  const { busy } = usePage();
  const isOff = busy || disabled === true;
  useKeys({
    Enter: () => {
      if (!isOff) onNext();
    },
  });
  return (
    <div class="authorise-pin number-entry">
      <p class="pin number-shown" aria-live="polite" data-empty={typed.value === null}>
        <bdi>{shown}</bdi>
      </p>
      <PinPad onDigit={typed.type} onErase={typed.erase} />
      <Key kind="primary" id={id} disabled={isOff} onPress={onNext}>
        <Icon name={icon} />
        {next}
      </Key>
    </div>
  );
}
