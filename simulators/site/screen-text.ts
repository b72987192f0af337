import type { Screen, TakenView } from '../../agent/kiosk/state.js';

/** What the clerk's screen says and what to press there, in one English sentence: for the tray and the command line. */
export function screenText(screen: Screen): string {
  switch (screen.name) {
    case 'starting':
      return 'starts';
    case 'idle': {
      const count = screen.pending.length;
      return count === 0 ? 'waits for a card' : `waits for a card; ${count} not yet confirmed as handed over`;
    }
    case 'log-in':
      return 'waits for somebody to log in';
    case 'represent':
      return 'waits for the card of whoever collects for a holder';
    case 'search':
      return `found ${screen.total} for a person without a card: choose one on the screen`;
    case 'shift-open':
      return 'waits for a shift to be opened';
    case 'shift-close':
      return 'waits for the shift to be counted';
    case 'shift-closed':
      return 'shows the shift that was closed: press Done';
    case 'stock':
      return 'shows the goods of the outlet';
    case 'reading':
      return 'reads the card';
    case 'offer':
      return `offers ${listed(screen.items.map((item) => ({ ...item, quantity: item.available })))}: choose how much, then press Confirm`;
    case 'health':
      return `shows ${screen.records.length} health records`;
    case 'card-pin':
      return screen.unblocking === 'ask' && screen.triesLeft === 0
        ? 'waits for the PIN of a supervisor, to unblock the card'
        : 'waits for the holder to type a PIN of the card';
    case 'card-pin-done':
      return `the PIN of card …${screen.holder.cardEnding} is new: press Next`;
    case 'paying':
      return 'waits for the payment machine';
    case 'writing':
      return 'writes to the card';
    case 'granted':
      return `served ${listed(screen.handover.taken)}: hand them over, then press Handed over`;
    case 'refused':
      return `refuses (${screen.code}): ${screen.text.en} Press Next`;
    case 'unresolved':
      return `is not sure (${screen.code}): ${screen.text.en}`;
    case 'authorise':
      return `waits for the PIN of a supervisor, to take back ${listed(screen.handover.taken)}`;
    case 'return':
      return `waits for card …${screen.handover.cardEnding} again, to take back ${listed(screen.handover.taken)}`;
    case 'voided':
      return `took back ${listed(screen.taken)}: hand over nothing, then press Next`;
  }
}

function listed(taken: readonly Pick<TakenView, 'name' | 'unit' | 'quantity'>[]): string {
  return taken.map((one) => `${one.quantity} ${unitOf(one)} of ${one.name.en}`).join(', ');
}

function unitOf({ unit, quantity }: Pick<TakenView, 'unit' | 'quantity'>): string {
  if (typeof unit.en === 'string') return unit.en;
  return unit.en[new Intl.PluralRules('en').select(quantity)] ?? unit.en.other;
}
