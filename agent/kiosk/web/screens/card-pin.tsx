/** The PIN of the card that is there: its holder types, the clerk looks away, and nothing on the screen is ever a digit. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import type { TextKey } from '../texts.js';
import { CARD_DIGITS, HOLDER } from './holder-pin.js';
import { CardEnding, HolderName } from './parts.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';

type Of<Name extends Screen['name']> = Extract<Screen, { readonly name: Name }>;
type CardPin = Of<'card-pin'>;

/** What is typed next. */
type Step = 'old' | 'new' | 'again';

/** The supervisor first, where the old PIN cannot be typed; then the holder. */
export function CardPinScreen({ cardPin }: { readonly cardPin: CardPin }): JSX.Element {
  const { act } = usePage();
  const [isForgotten, setForgotten] = useState(false);
  const cancel = (): void => act({ type: 'cancel', tapId: cardPin.tapId });
  const isBlocked = cardPin.triesLeft === 0;
  const needsLeave = isBlocked || isForgotten;
  if (cardPin.unblocking === 'ask' && needsLeave)
    return <SupervisorAllows cardPin={cardPin} onBack={isBlocked ? cancel : () => setForgotten(false)} />;
  return <HolderTypes cardPin={cardPin} onForgotten={() => setForgotten(true)} onBack={cancel} />;
}

/** A supervisor has made sure whose card it is, and allows that it gets a new PIN. */
function SupervisorAllows({
  cardPin,
  onBack,
}: {
  readonly cardPin: CardPin;
  readonly onBack: () => void;
}): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, supervisors, hint } = cardPin;
  const typed = usePin({
    people: supervisors,
    onPin: (supervisor, pin) => act({ type: 'pin-allow', tapId, supervisor, pin }),
    onCancel: onBack,
  });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('cardPinAllow')}</h1>
        <HolderName holder={cardPin.holder} />
        <CardEnding of={cardPin.holder} />
        <p class="authorise-what">
          {cardPin.triesLeft === 0 && speech.say('cardPinBlocked')} {speech.say('cardPinAllowHint')}
        </p>
        <PersonKey typed={typed} id="supervisor" />
        <Hint hint={hint} />
        <BackKey busy={busy} onBack={onBack} />
      </div>
      <PinEntry typed={typed} ask={speech.say('pin')} allow={speech.say('cardPinAllowKey')} id="pin-allow" />
    </section>
  );
}

interface HolderTypesProps {
  readonly cardPin: CardPin;
  readonly onForgotten: () => void;
  readonly onBack: () => void;
}

/** One step after the other on the same pad; a PIN leaves the page when all of them are typed, and is nowhere afterwards. */
function HolderTypes({ cardPin, onForgotten, onBack }: HolderTypesProps): JSX.Element {
  const { speech, busy } = usePage();
  const { typed, step, isDifferent } = useSteps(cardPin, onBack);
  const { holder, hint, unblocking, triesLeft } = cardPin;
  const isOld = step === 'old';
  const [isToldWhere, setToldWhere] = useState(false);
  const elsewhere = typeof unblocking === 'object' ? unblocking.elsewhere : null;
  const words = wordsOf(step, cardPin.pin);
  const told =
    isToldWhere && elsewhere !== null ? ({ code: 'ERR_HOLDER_PIN_ELSEWHERE', text: elsewhere } as const) : hint;
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say(words.title)}</h1>
        <HolderName holder={holder} />
        <p class="authorise-what">{speech.say('cardPinTurn', CARD_DIGITS)}</p>
        {isDifferent ? <Differ /> : <Hint hint={step === 'again' ? null : told} />}
        {isOld && triesLeft !== null && triesLeft < 3 && (
          <p class="books-hint">{speech.count('triesLeft', triesLeft)}</p>
        )}
        <div class="books-keys card-pin-keys">
          <BackKey busy={busy} onBack={onBack} />
          {isOld && (
            <Key
              kind="choice"
              id="forgotten"
              disabled={busy}
              onPress={() => (elsewhere === null ? onForgotten() : setToldWhere(true))}
            >
              {speech.say('cardPinForgotten')}
            </Key>
          )}
        </div>
      </div>
      <PinEntry
        typed={typed}
        ask={speech.say(words.ask)}
        allow={speech.say(step === 'again' ? 'cardPinSave' : 'next')}
        id={step === 'again' ? 'pin-save' : 'pin-next'}
      />
    </section>
  );
}

/** Old, new, new again; the first only where the card has one that is still known. */
function useSteps(cardPin: CardPin, onBack: () => void) {
  const { act } = usePage();
  const { tapId, pin: state, unblocking } = cardPin;
  const needsOld = state !== 'none' && unblocking !== 'allowed';
  const [at, setStep] = useState<Step | null>(null);
  const step = at ?? (needsOld ? 'old' : 'new');
  const [old, setOld] = useState('');
  const [first, setFirst] = useState('');
  const [isDifferent, setDifferent] = useState(false);
  const send = (pin: string): void => {
    if (unblocking === 'allowed') act({ type: 'pin-unblock', tapId, pin });
    else if (needsOld) act({ type: 'pin-change', tapId, old, pin });
    else act({ type: 'pin-set', tapId, pin });
  };
  const onPin = (_person: number, pin: string): void => {
    if (step === 'old') {
      setOld(pin);
      setStep('new');
    } else if (step === 'new') {
      setFirst(pin);
      setDifferent(false);
      setStep('again');
    } else if (pin === first) send(pin);
    else {
      setFirst('');
      setDifferent(true);
      setStep('new');
    }
  };
  return { step, isDifferent, typed: usePin({ people: HOLDER, onPin, onCancel: onBack, digits: CARD_DIGITS }) };
}

function wordsOf(step: Step, pin: CardPin['pin']): { readonly title: TextKey; readonly ask: TextKey } {
  if (step === 'new') return { title: 'cardPinFirst', ask: 'cardPinNew' };
  if (step === 'again') return { title: 'cardPinAgain', ask: 'cardPinNewAgain' };
  return pin === 'transport'
    ? { title: 'cardPinLetter', ask: 'cardPinOfLetter' }
    : { title: 'cardPinOld', ask: 'cardPinNow' };
}

function Differ(): JSX.Element {
  const { speech } = usePage();
  return (
    <p class="take-back-hint" role="alert" data-shown={true} data-differ={true}>
      <Icon name="warning" />
      <span>{speech.say('cardPinDiffer')}</span>
    </p>
  );
}

function BackKey({ busy, onBack }: { readonly busy: boolean; readonly onBack: () => void }): JSX.Element {
  const { speech } = usePage();
  return (
    <Key kind="plain" id="cancel" disabled={busy} onPress={onBack}>
      <Icon name="cross" />
      {speech.say('leaveAsItIs')}
    </Key>
  );
}

const DONE: Readonly<Record<Of<'card-pin-done'>['action'], TextKey>> = {
  set: 'cardPinSet',
  changed: 'cardPinChanged',
  unblocked: 'cardPinUnblocked',
};

/** The card has taken it. */
export function CardPinDoneScreen({ done }: { readonly done: Of<'card-pin-done'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const next = (): void => act({ type: 'dismiss', tapId: done.tapId });
  useKeys({ Enter: next, Escape: next });
  return (
    <section class="screen result">
      <header class="result-head">
        <span class="result-sign">
          <Icon name="check" />
        </span>
        <h1 class="title">{speech.say(DONE[done.action])}</h1>
      </header>
      <div class="voided">
        <p class="voided-back">{speech.say('cardPinSecret')}</p>
      </div>
      <footer class="keys">
        <div class="voided-holder">
          <HolderName holder={done.holder} />
          <CardEnding of={done.holder} />
        </div>
        <Key kind="primary" id="dismiss" disabled={busy} onPress={next}>
          {speech.say('next')}
        </Key>
      </footer>
    </section>
  );
}

/** Asks for the PIN of the card on this screen. */
export function CardPinKey({ tapId }: { readonly tapId: string }): JSX.Element {
  const { speech, act, busy } = usePage();
  return (
    <Key kind="choice" id="card-pin" disabled={busy} onPress={() => act({ type: 'card-pin', tapId })}>
      <span class="claim-name">{speech.say('cardPinKey')}</span>
    </Key>
  );
}
