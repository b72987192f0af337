import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { HintView, Screen, SupervisorView } from '../../state.js';
import { type KeyActions, useKeys, usePage } from '../context.js';
import { CardOnReader, Icon } from '../icons.js';
import { Key } from '../key.js';
import { Amounts, CardEnding, Goods, HolderName } from './parts.js';

type Of<Name extends Screen['name']> = Extract<Screen, { readonly name: Name }>;

/** Digits of a PIN, as the terminal takes it. */
const PIN_DIGITS_MIN = 6;
const PIN_DIGITS_MAX = 12;
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;

/** A supervisor allows with a PIN that a service is taken back. The PIN stays on this screen until it is sent, and is gone then. */
export function AuthoriseScreen({ authorise }: { readonly authorise: Of<'authorise'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, handover, supervisors, hint } = authorise;
  const [pin, setPin] = useState('');
  const [chosen, setChosen] = useState(0);
  // The list may have changed under our hands.
  const at = chosen % Math.max(1, supervisors.length);
  const supervisor = supervisors[at];
  const isWhole = pin.length >= PIN_DIGITS_MIN && supervisor !== undefined;
  const type = (digit: string): void => setPin((now) => (now + digit).slice(0, PIN_DIGITS_MAX));
  const erase = (): void => setPin((now) => now.slice(0, -1));
  const cancel = (): void => act({ type: 'cancel', tapId });
  const next = (): void => {
    setChosen(at + 1);
    setPin('');
  };
  const allow = (): void => {
    if (!isWhole || busy) return;
    act({ type: 'authorise', tapId, supervisor: supervisor.number, pin });
    setPin('');
  };
  useKeys({ Enter: allow, Escape: cancel, Backspace: erase, ArrowDown: next, ...digitKeys(type) });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('authoriseTitle')}</h1>
        <div class="authorise-what">
          <span>{speech.say('toTakeBack')}</span>
          <Amounts taken={handover.taken} />
          <CardEnding ending={handover.cardEnding} />
        </div>
        <SupervisorKey all={supervisors} at={at} onNext={next} />
        <Hint hint={hint} />
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('leaveAsItIs')}
        </Key>
      </div>
      <div class="authorise-pin">
        <p class="pin" role="img" aria-label={`${speech.say('pin')} ${speech.number(pin.length)}`}>
          {pin === '' ? speech.say('pin') : '●'.repeat(pin.length)}
        </p>
        <PinPad onDigit={type} onErase={erase} />
        <Key kind="primary" id="allow" disabled={busy || !isWhole} onPress={allow}>
          <Icon name="check" />
          {speech.say('allow')}
        </Key>
      </div>
    </section>
  );
}

/** Who allows it. Where there are several, each press goes on to the next by name. */
function SupervisorKey({ all, at, onNext }: SupervisorKeyProps): JSX.Element {
  const { speech } = usePage();
  return (
    <Key kind="plain" id="supervisor" disabled={all.length < 2} onPress={onNext}>
      <Icon name="persons" />
      <bdi class="supervisor-name" dir="auto">
        {all[at]?.name}
      </bdi>
      {all.length > 1 && <span class="supervisor-count">{speech.say('ofTotal', { n: at + 1, m: all.length })}</span>}
    </Key>
  );
}

interface SupervisorKeyProps {
  readonly all: readonly SupervisorView[];
  /** Place of the one who is chosen. */
  readonly at: number;
  readonly onNext: () => void;
}

/** Digits in the order of a telephone in every language, with the signs of the one that is chosen. */
function PinPad({
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
function digitKeys(type: (digit: string) => void): KeyActions {
  const actions: Record<string, () => void> = {};
  for (const digit of DIGITS) {
    actions[digit] = () => type(digit);
    actions[String.fromCodePoint(0x0660 + Number(digit))] = () => type(digit);
  }
  return actions;
}

function Hint({ hint }: { readonly hint: HintView | null }): JSX.Element {
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

/** Allowed: the card that was served has to come back. */
export function ReturnScreen({ returned }: { readonly returned: Of<'return'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, handover, hint } = returned;
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({ Escape: cancel });
  return (
    <section class="screen return">
      <div class="return-invite">
        <CardOnReader motion="invite" />
        <div class="return-words">
          <h1 class="title">{speech.say('unresolvedAgain')}</h1>
          <p class="return-card">
            <CardEnding ending={handover.cardEnding} />
          </p>
          <Amounts taken={handover.taken} />
          <p class="hint">{speech.say('returnHint')}</p>
        </div>
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('leaveAsItIs')}
        </Key>
        <Hint hint={hint} />
      </footer>
    </section>
  );
}

/** Taken back: what the card has again, and that nothing is handed over. */
export function VoidedScreen({ voided }: { readonly voided: Of<'voided'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, holder, taken } = voided;
  const next = (): void => act({ type: 'dismiss', tapId });
  useKeys({ Enter: next, Escape: next });
  return (
    <section class="screen result">
      <header class="result-head">
        <span class="result-sign">
          <Icon name="back" />
        </span>
        <h1 class="title">{speech.say('voidedTitle')}</h1>
      </header>
      <div class="voided">
        <p class="voided-back">{speech.say('voidedBack')}</p>
        <Goods taken={taken} />
      </div>
      <footer class="keys">
        <div class="voided-holder">
          <HolderName holder={holder} />
          <CardEnding ending={holder.cardEnding} />
        </div>
        <Key kind="primary" id="dismiss" disabled={busy} onPress={next}>
          {speech.say('next')}
        </Key>
      </footer>
    </section>
  );
}
