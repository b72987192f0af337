import type { JSX } from 'preact';
import type { Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { InviteScreen } from './invite.js';
import { Amounts, CardEnding, Goods, HolderName } from './parts.js';
import { PaidLine } from './paying.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';

type Of<Name extends Screen['name']> = Extract<Screen, { readonly name: Name }>;

/** A supervisor allows with a PIN that a service is taken back. The PIN stays on this screen until it is sent, and is gone then. */
export function AuthoriseScreen({ authorise }: { readonly authorise: Of<'authorise'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, handover, supervisors, hint } = authorise;
  const cancel = (): void => act({ type: 'cancel', tapId });
  const typed = usePin({
    people: supervisors,
    onPin: (supervisor, pin) => act({ type: 'authorise', tapId, supervisor, pin }),
    onCancel: cancel,
  });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('authoriseTitle')}</h1>
        <div class="authorise-what">
          <span>{speech.say('toTakeBack')}</span>
          <Amounts taken={handover.taken} />
          <CardEnding of={handover} />
        </div>
        <PersonKey typed={typed} id="supervisor" />
        <Hint hint={hint} />
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('leaveAsItIs')}
        </Key>
      </div>
      <PinEntry typed={typed} ask={speech.say('pin')} allow={speech.say('allow')} id="allow" />
    </section>
  );
}

/** Allowed: the card that was served has to come back. */
export function ReturnScreen({ returned }: { readonly returned: Of<'return'> }): JSX.Element {
  const { speech } = usePage();
  const { tapId, handover, hint } = returned;
  return (
    <InviteScreen tapId={tapId} title={speech.say('unresolvedAgain')} back={speech.say('leaveAsItIs')} hint={hint}>
      <p class="return-card">
        <CardEnding of={handover} />
      </p>
      <Amounts taken={handover.taken} />
      <p class="hint">{speech.say('returnHint')}</p>
    </InviteScreen>
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
        <p class="voided-back">{speech.say(holder.isListed === true ? 'voidedListed' : 'voidedBack')}</p>
        <Goods taken={taken} />
        <PaidLine paid={voided.paid} isBack />
      </div>
      <footer class="keys">
        <div class="voided-holder">
          <HolderName holder={holder} />
          <CardEnding of={holder} />
        </div>
        <Key kind="primary" id="dismiss" disabled={busy} onPress={next}>
          {speech.say('next')}
        </Key>
      </footer>
    </section>
  );
}
