/** What is paid: the choice of the way, waiting for the machine, and what a grant or a void says of it. */
import type { JSX } from 'preact';
import type { WayToPay } from '../../../domain/payment.js';
import type { PaymentView, PurseView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import type { TextKey } from '../texts.js';
import { Sheet } from './sheet.js';

/** What a {@link PaymentSheet} is given. */
export interface PaymentSheetProps {
  readonly methods: readonly WayToPay[];
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Where the programme names one. */
  readonly purse: PurseView | undefined;
  readonly onChoose: (method: WayToPay) => void;
  readonly onBack: () => void;
}

/** How the holder pays. Cash is confirmed when it is in hand. */
export function PaymentSheet({ methods, amount, currency, purse, onChoose, onBack }: PaymentSheetProps): JSX.Element {
  const { speech, busy } = usePage();
  const sum = speech.money(amount, currency);
  const balance = purse?.balance ?? null;
  const isPossible = (method: WayToPay): boolean => method !== 'purse' || (balance !== null && balance >= amount);
  return (
    <Sheet title={speech.say('choosePayment', { sum })} onBack={onBack}>
      {methods.map((method) => (
        <Key
          key={method}
          kind="choice"
          id={`pay-${method}`}
          disabled={busy || !isPossible(method)}
          onPress={() => onChoose(method)}
        >
          <Icon name={method === 'cash' ? 'persons' : 'card'} />
          {method === 'cash' && speech.say('payCash', { sum })}
          {method === 'machine' && speech.say('payMachine')}
          {method === 'purse' && <PurseWords balance={balance} amount={amount} currency={currency} />}
        </Key>
      ))}
    </Sheet>
  );
}

/** What is on the purse and what is left of it, or why it cannot be paid from. */
function PurseWords({
  balance,
  amount,
  currency,
}: {
  readonly balance: number | null;
  readonly amount: number;
  readonly currency: string;
}): JSX.Element {
  const { speech } = usePage();
  const money = (minor: number): string => speech.money(minor, currency);
  return (
    <span class="pay-words">
      <span>{speech.say('payPurse')}</span>
      <span class="pay-note">
        {balance === null
          ? speech.say('payPurseCopyable')
          : balance < amount
            ? speech.say('payPurseShort', { sum: money(balance) })
            : speech.say('payPurseLeft', { sum: money(balance), left: money(balance - amount) })}
      </span>
    </span>
  );
}

/** What a way of paying is called afterwards, and when it is given back. */
const PAID_WORDS = {
  cash: { paid: 'paidCash', back: 'returnCash' },
  machine: { paid: 'paidMachine', back: 'returnMachine' },
  purse: { paid: 'paidPurse', back: 'returnPurse' },
} as const satisfies Record<WayToPay, { readonly paid: TextKey; readonly back: TextKey }>;

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
  const key = PAID_WORDS[paid.method][isBack ? 'back' : 'paid'];
  return <p class="paid-line">{speech.say(key, { sum: speech.money(paid.amount, paid.currency) })}</p>;
}
