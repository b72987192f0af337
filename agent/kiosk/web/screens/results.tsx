import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { IdentityView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { CardPinKey } from './card-pin.js';
import { RecordsKey, RecordsWhy } from './health.js';
import { CardEnding, Expiry, Goods, HolderName, TakeBackKey } from './parts.js';
import { PaidLine } from './paying.js';
import { PrintKey, SlipOnScreen, SlipPapers } from './slip.js';

type Of<Name extends Screen['name']> = Extract<Screen, { readonly name: Name }>;

/** Green: recorded. What to hand over, in digits that are read across a counter. */
export function GrantedScreen({ granted }: { readonly granted: Of<'granted'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { handover, holder, tapId } = granted;
  const done = (): void => act({ type: 'handover', tapId });
  useKeys({ Enter: done });
  return (
    <section class="screen result">
      <header class="result-head">
        <span class="result-sign">
          <Icon name="check" />
        </span>
        <h1 class="title">{speech.say('grantedTitle')}</h1>
        <div class="result-holder">
          <HolderName holder={holder} />
          <CardEnding of={holder} />
        </div>
        {granted.expiresInDays !== undefined && <Expiry days={granted.expiresInDays} />}
      </header>
      {handover.slip === undefined ? <Goods taken={handover.taken} /> : <SlipOnScreen slip={handover.slip} />}
      <PaidLine paid={handover.paid} />
      <footer class="keys">
        <p class="receipt">
          {speech.say('receipt')}{' '}
          <bdi class="id" dir="auto">
            {handover.receipt}
          </bdi>
        </p>
        {handover.slip !== undefined && <PrintKey slip={handover.slip} isListed={handover.isListed === true} />}
        {handover.slip === undefined && handover.takeBack === 'offered' && <TakeBackKey tapId={tapId} id="take-back" />}
        <Key kind="primary" id="handover" disabled={busy} onPress={done}>
          <Icon name="check" />
          {speech.say('handedOver')}
        </Key>
      </footer>
    </section>
  );
}

/** Red: nothing to hand over, and why, in words; the code small, for whoever is asked about it. */
export function RefusedScreen({ refused }: { readonly refused: Of<'refused'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const next = (): void => act({ type: 'dismiss', tapId: refused.tapId });
  const [isAsking, setAsking] = useState(false);
  useKeys(isAsking ? {} : { Enter: next, Escape: next });
  const reason = speech.pick(refused.text);
  if (isAsking) return <RecordsWhy tapId={refused.tapId} onBack={() => setAsking(false)} />;
  return (
    <section class="screen result">
      <header class="result-head">
        <span class="result-sign">
          <Icon name="cross" />
        </span>
        <p class="title">{speech.say(refused.isAboutPin === true ? 'cardPinKey' : 'refusedTitle')}</p>
      </header>
      <div class="reason">
        <h1
          class="reason-text"
          data-size={refused.identity === undefined && refused.slip === undefined ? sizeOf(reason) : 'smallest'}
        >
          {sentencesOf(reason).map((sentence) => (
            <span key={sentence}>{sentence} </span>
          ))}
        </h1>
        {refused.slip !== undefined && <SlipPapers slip={refused.slip} />}
        {refused.identity !== undefined && <VerifiedIdentity identity={refused.identity} />}
        {refused.holder !== null && (
          <p class="reason-holder">
            <bdi>{refused.holder.names[0]?.text}</bdi>
            <CardEnding of={refused.holder} />
          </p>
        )}
      </div>
      <ResultKeys code={refused.code} words={speech.say('next')} busy={busy} onPress={next}>
        {refused.hasPin === true && <CardPinKey tapId={refused.tapId} />}
        {refused.hasRecords === true && <RecordsKey onPress={() => setAsking(true)} />}
        {refused.given?.takeBack === 'offered' && <TakeBackKey tapId={refused.given.tapId} id="take-back" />}
      </ResultKeys>
    </section>
  );
}

/** Who it is by another issuer's word, and whose word that is. */
function VerifiedIdentity({ identity }: { readonly identity: IdentityView }): JSX.Element {
  const { speech } = usePage();
  const { names, id, issuer } = identity;
  return (
    <div class="reason-identity">
      <HolderName holder={{ names }} />
      <p class="reason-holder">
        {id !== null && (
          <span>
            {speech.say('identityId')} <bdi class="id">{id}</bdi>
          </span>
        )}
        <span class="reason-issuer">{speech.say('identityOf', { issuer })}</span>
      </p>
    </div>
  );
}

/** Sentences are kept together where they fit on a line. */
function sentencesOf(reason: string): string[] {
  return reason.split(/(?<=[.!?؟])\s+/);
}

/** The longer a reason, the smaller it is set, so that all of it is on the screen. */
function sizeOf(reason: string): 'large' | 'middle' | 'small' | 'smallest' {
  if (reason.length <= 36) return 'large';
  if (reason.length <= 80) return 'middle';
  return reason.length <= 140 ? 'small' : 'smallest';
}

/** Amber: what was written to the card is not certain. What to do, in order. */
export function UnresolvedScreen({ unresolved }: { readonly unresolved: Of<'unresolved'> }): JSX.Element {
  const { speech, act, busy } = usePage();
  const goOn = (): void => act({ type: 'dismiss', tapId: unresolved.tapId });
  useKeys({ Enter: goOn, Escape: goOn });
  return (
    <section class="screen result">
      <header class="result-head">
        <span class="result-sign">
          <Icon name="warning" />
        </span>
        <h1 class="title">{speech.say('unresolvedTitle')}</h1>
      </header>
      <div class="advice">
        <p class="advice-reason">{speech.pick(unresolved.text)}</p>
        <ol>
          <li class="advice-step advice-main">
            <Icon name="card" />
            {speech.say('unresolvedAgain')}
          </li>
          <li class="advice-step">
            <Icon name="cross" />
            {speech.say('unresolvedNothing')}
          </li>
          <li class="advice-step">
            <Icon name="check" />
            {speech.say('unresolvedGoOn')}
          </li>
        </ol>
      </div>
      <ResultKeys code={unresolved.code} words={speech.say('goOn')} busy={busy} onPress={goOn} />
    </section>
  );
}

interface ResultKeysProps {
  readonly code: string;
  readonly words: string;
  readonly busy: boolean;
  readonly onPress: () => void;
  /** A further key. */
  readonly children?: ComponentChildren;
}

function ResultKeys({ code, words, busy, onPress, children }: ResultKeysProps): JSX.Element {
  const { speech } = usePage();
  return (
    <footer class="keys">
      <p class="receipt">
        {speech.say('code')}{' '}
        <bdi class="id" dir="auto">
          {code}
        </bdi>
      </p>
      {children}
      <Key kind="primary" id="dismiss" disabled={busy} onPress={onPress}>
        {words}
      </Key>
    </footer>
  );
}
