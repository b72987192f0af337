/**
 * A shift is counted and closed, one question after the other:
 *
 *   sums ─▶ the drawer ─▶ each commodity ─▶ (why it is off ─▶ a supervisor's PIN, or) close?
 *
 * What was typed stays on this page until the last answer sends all of it at once.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ShiftReason } from '../../../domain/shift.js';
import type { StockView } from '../../state.js';
import { type Closing, type Counted, countsOf, isOff, moneyIn, needsSupervisor } from '../books.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { NumberEntry, useNumber } from './number-pad.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';
import { REASON_KEYS } from './shift.js';
import { Difference, SumsGoods, SumsTable } from './sums.js';

const MONEY_DIGITS_MAX = 9;
const UNITS_DIGITS_MAX = 7;
/** Commodities that are named one by one; a longer list does not fit the screen. */
const GOODS_LISTED_MAX = 5;
const REASONS = ['change', 'float', 'receipt', 'loss', 'unexplained'] as const;

/** See the head of this file. */
export function ShiftCloseScreen({ closing }: { readonly closing: Closing }): JSX.Element {
  const { act } = usePage();
  const [step, setStep] = useState(0);
  const [counted, setCounted] = useState<Counted>({ cash: null, stock: {} });
  const [reason, setReason] = useState<ShiftReason>('none');
  const counts = countsOf(closing);
  const back = (): void => (step === 0 ? act({ type: 'leave' }) : setStep(step - 1));
  const close = (supervisor?: number, pin?: string): void =>
    act({
      ...{ type: 'shift-close', shift: closing.shift.id, counted: counted.cash, stock: counted.stock, reason },
      ...(supervisor === undefined || pin === undefined ? {} : { supervisor, pin }),
    });
  const one = counts[step - 1];
  if (step === 0) return <SumsStep closing={closing} onBack={back} onNext={() => setStep(1)} />;
  if (one !== undefined) {
    const take = (value: number | null): void => {
      setCounted((now) => withCount(now, one, value));
      setStep(step + 1);
    };
    const key = one === 'cash' ? one : one.commodity;
    return <CountStep key={key} closing={closing} of={one} onBack={back} onCounted={take} />;
  }
  if (!needsSupervisor(closing, counted)) return <ConfirmStep onBack={back} onClose={() => close()} />;
  if (step === counts.length + 1 && isOff(closing, counted))
    return (
      <ReasonStep
        onBack={back}
        onReason={(why) => {
          setReason(why);
          setStep(step + 1);
        }}
      />
    );
  return <AnswerStep closing={closing} onBack={back} onPin={close} />;
}

function withCount(now: Counted, of: 'cash' | StockView, value: number | null): Counted {
  if (of === 'cash') return { ...now, cash: value };
  const { [of.commodity]: _, ...others } = now.stock;
  return { ...now, stock: value === null ? others : { ...others, [of.commodity]: value } };
}

interface StepProps {
  readonly onBack: () => void;
}

function BackKey({ onBack }: StepProps): JSX.Element {
  const { speech, busy } = usePage();
  return (
    <Key kind="plain" id="back" disabled={busy} onPress={onBack}>
      <Icon name="back" />
      {speech.say('goBack')}
    </Key>
  );
}

function SumsStep({
  closing,
  onBack,
  onNext,
}: StepProps & { readonly closing: Closing; readonly onNext: () => void }): JSX.Element {
  const { speech, nowMs } = usePage();
  const { shift, sums, currency, hint } = closing;
  useKeys({ Enter: onNext, Escape: onBack });
  return (
    <section class="screen books">
      <header class="books-head">
        <h1 class="authorise-title">{speech.say('sumsTitle')}</h1>
        <p class="books-facts">
          {shift.operator !== null && <bdi dir="auto">{shift.operator}</bdi>}{' '}
          <span>{speech.say('openedWhen', { when: speech.ago(shift.sinceMs, nowMs) })}</span>
        </p>
      </header>
      <div class="books-body">
        <SumsTable sums={sums} currency={currency} />
        <SumsGoods sums={sums} max={GOODS_LISTED_MAX} />
      </div>
      <Hint hint={hint} />
      <footer class="keys">
        <BackKey onBack={onBack} />
        <Key kind="primary" id="count" onPress={onNext}>
          {speech.say(sums.expected === null ? 'next' : 'toCount')}
        </Key>
      </footer>
    </section>
  );
}

function CountStep({
  closing,
  of,
  onBack,
  onCounted,
}: StepProps & {
  readonly closing: Closing;
  readonly of: 'cash' | StockView;
  readonly onCounted: (value: number | null) => void;
}): JSX.Element {
  const { speech } = usePage();
  const isCash = of === 'cash';
  const typed = useNumber(isCash ? MONEY_DIGITS_MAX : UNITS_DIGITS_MAX);
  const expected = isCash ? (closing.sums.expected ?? 0) : (of.onHand ?? 0);
  const words = (value: number): string =>
    isCash ? moneyIn(value, closing.currency, speech) : `${speech.number(value)} ${speech.word(of.unit, value)}`;
  const { value } = typed;
  const by = value === null ? 0 : value - expected;
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">
          {isCash ? speech.say('countCash') : speech.say('countGoods', { name: speech.pick(of.name) })}
        </h1>
        <Difference
          expected={words(expected)}
          counted={value === null ? null : words(value)}
          by={by}
          words={words(Math.abs(by))}
        />
        <div class="books-keys">
          <BackKey onBack={onBack} />
          {!isCash && (
            <Key kind="plain" id="skip" onPress={() => onCounted(null)}>
              {speech.say('skip')}
            </Key>
          )}
        </div>
      </div>
      <NumberEntry
        typed={typed}
        shown={value === null ? speech.say('counted') : words(value)}
        next={speech.say('next')}
        id="counted"
        disabled={value === null}
        onNext={() => onCounted(value)}
      />
    </section>
  );
}

function ConfirmStep({ onBack, onClose }: StepProps & { readonly onClose: () => void }): JSX.Element {
  const { speech, busy } = usePage();
  useKeys({ Enter: onClose, Escape: onBack });
  return (
    <section class="screen books-plain">
      <div class="centred">
        <h1 class="title">{speech.say('confirmClose')}</h1>
      </div>
      <footer class="keys">
        <BackKey onBack={onBack} />
        <Key kind="primary" id="close" disabled={busy} onPress={onClose}>
          <Icon name="check" />
          {speech.say('shiftClose')}
        </Key>
      </footer>
    </section>
  );
}

function ReasonStep({
  onBack,
  onReason,
}: StepProps & { readonly onReason: (reason: ShiftReason) => void }): JSX.Element {
  const { speech } = usePage();
  useKeys({ Escape: onBack });
  return (
    <section class="screen books">
      <h1 class="authorise-title">{speech.say('whyDifference')}</h1>
      <div class="reasons">
        {REASONS.map((reason) => (
          <Key key={reason} kind="choice" id={`reason-${reason}`} onPress={() => onReason(reason)}>
            {speech.say(REASON_KEYS[reason])}
          </Key>
        ))}
      </div>
      <footer class="keys">
        <BackKey onBack={onBack} />
      </footer>
    </section>
  );
}

function AnswerStep({
  closing,
  onBack,
  onPin,
}: StepProps & {
  readonly closing: Closing;
  readonly onPin: (supervisor: number, pin: string) => void;
}): JSX.Element {
  const { speech } = usePage();
  const { supervisors, hint } = closing;
  const typed = usePin({ people: supervisors, onPin, onCancel: onBack });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('supervisorShift')}</h1>
        {supervisors.length === 0 ? (
          <p class="books-hint">{speech.say('noSupervisors')}</p>
        ) : (
          <PersonKey typed={typed} id="supervisor" />
        )}
        <Hint hint={hint} />
        <div class="books-keys">
          <BackKey onBack={onBack} />
        </div>
      </div>
      <PinEntry typed={typed} ask={speech.say('pin')} allow={speech.say('closeNow')} id="close" />
    </section>
  );
}
