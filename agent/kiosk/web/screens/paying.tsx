/** What is paid: the choice of the way, waiting for the machine, and what a grant or a void says of it. */
import type { JSX } from 'preact';
import type { PaymentMethod } from '../../../domain/payment.js';
import type { PaymentView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { Sheet } from './sheet.js';

/** What a {@link PaymentSheet} is given. */
export interface PaymentSheetProps {
  readonly methods: readonly PaymentMethod[];
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly onChoose: (method: PaymentMethod) => void;
  readonly onBack: () => void;
}

/** How the holder pays. Cash is confirmed when it is in hand. */
export function PaymentSheet({ methods, amount, currency, onChoose, onBack }: PaymentSheetProps): JSX.Element {
  const { speech, busy } = usePage();
  const sum = speech.money(amount, currency);
  return (
    <Sheet title={speech.say('choosePayment', { sum })} onBack={onBack}>
      {methods.map((method) => (
        <Key key={method} kind="choice" id={`pay-${method}`} disabled={busy} onPress={() => onChoose(method)}>
          <Icon name={method === 'cash' ? 'persons' : 'card'} />
          {method === 'cash' ? speech.say('payCash', { sum }) : speech.say('payMachine')}
        </Key>
      ))}
    </Sheet>
  );
}

/** The machine waits for the holder; the clerk can give it up. */
export function PayingScreen({
  paying,
}: {
  readonly paying: Extract<Screen, { readonly name: 'paying' }>;
}): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, holder, payment, isCancelled } = paying;
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({ Escape: isCancelled ? undefined : cancel });
  return (
    <section class="screen paying">
      <div class="centred">
        <div class="spinner" aria-hidden="true" />
        <h1 class="title">{speech.say(isCancelled ? 'payingCancelled' : 'payingTitle')}</h1>
        <p class="paying-sum">
          <bdi>{speech.money(payment.amount, payment.currency)}</bdi>
        </p>
        <p class="hint">{speech.say(holder.isListed === true ? 'payingHintListed' : 'payingHint')}</p>
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy || isCancelled} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('stopPaying')}
        </Key>
      </footer>
    </section>
  );
}

/** That it was paid, or is to be given back: cash by the clerk's hand. */
export function PaidLine({
  paid,
  isBack = false,
}: {
  readonly paid: PaymentView | undefined;
  readonly isBack?: boolean;
}): JSX.Element | null {
  const { speech } = usePage();
  if (paid === undefined) return null;
  const isCash = paid.method === 'cash';
  const key = isBack ? (isCash ? 'returnCash' : 'returnMachine') : isCash ? 'paidCash' : 'paidMachine';
  return <p class="paid-line">{speech.say(key, { sum: speech.money(paid.amount, paid.currency) })}</p>;
}
