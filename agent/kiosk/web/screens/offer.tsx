import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WayToPay } from '../../../domain/payment.js';
import type { ItemView, Screen } from '../../state.js';
import {
  type Choices,
  confirmation,
  isPaperOnly,
  lacksSite,
  NO_CHOICES,
  paperLines,
  quantityOf,
  stepped,
  toPay,
  withPurpose,
  withSite,
  withStep,
} from '../choices.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { CardPinKey } from './card-pin.js';
import { RecordsKey, RecordsWhy } from './health.js';
import { HolderPin, HolderPinKey, lacksPin } from './holder-pin.js';
import { ItemEditor } from './item-editor.js';
import {
  ClaimKeys,
  EmptyOffer,
  ExemptionPin,
  OfferNotes,
  PapersKey,
  PapersSheet,
  PurposeSheet,
  SiteSheet,
} from './offer-more.js';
import { HolderFacts, HolderName } from './parts.js';
import { PaymentSheet } from './paying.js';

type Offer = Extract<Screen, { readonly name: 'offer' }>;

/** What lies over the items: a choice that needs the room, or a supervisor's PIN for an exemption. */
type Sheet =
  | { readonly name: 'for' | 'site' | 'papers' | 'pay' | 'records' | 'holder-pin' }
  | { readonly name: 'pin'; readonly exemption: number };

/** The card is good: who it is, what may be taken, how much is, and one key to confirm. Begins with all that is handed out. */
export function OfferScreen({ offer }: { readonly offer: Offer }): JSX.Element {
  const { speech, act, busy } = usePage();
  const [choices, setChoices] = useState<Choices>(NO_CHOICES);
  const [selected, setSelected] = useState(0);
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const { items, tapId, more } = offer;
  // What is available may shrink under our hands (a clock tick, a new policy): never show more than there is.
  const item = items[Math.min(selected, items.length - 1)];
  const command = confirmation(offer, choices);
  const change = (by: (now: Choices, of: ItemView) => Choices): void => {
    if (item !== undefined) setChoices((now) => by(now, item));
    setSheet(null);
  };
  const step = (by: number): void =>
    setChoices((now) => (item === undefined ? now : withStep(now, item, stepped(now, item).quantity + by)));
  const select = (by: number): void => setSelected((now) => (now + by + items.length) % Math.max(items.length, 1));
  const sum = toPay(choices, items);
  const methods = more?.methods ?? [];
  const units = items.reduce((all, it) => all + quantityOf(choices, it), 0);
  const confirm = (): void => {
    if (command === null) return;
    if (lacksPin(more, { units })) setSheet({ name: 'holder-pin' });
    else if (sum > 0 && methods.length > 0) setSheet({ name: 'pay' });
    else act(command);
  };
  const pay = (payment: WayToPay): void => {
    if (command === null) return;
    if (payment === 'purse' && lacksPin(more, { purse: sum })) setSheet({ name: 'holder-pin' });
    else act({ ...command, payment });
  };
  const cancel = (): void => act({ type: 'cancel', tapId });
  // An exemption that was allowed needs its PIN no more.
  const isAllowed =
    sheet?.name === 'pin' && more?.exemptions.some((one) => one.number === sheet.exemption && one.isClaimed);
  const isProven = sheet?.name === 'holder-pin' && more?.proof?.pin?.isGiven === true;
  const shown = isAllowed === true || isProven ? null : sheet;
  useKeys({
    Enter: shown === null ? confirm : undefined,
    Escape: shown === null ? cancel : () => setSheet(null),
    '+': () => step(1),
    '=': () => step(1),
    '-': () => step(-1),
    ArrowDown: () => select(1),
    ArrowUp: () => select(-1),
  });
  if (shown?.name === 'records') return <RecordsWhy tapId={tapId} onBack={() => setSheet(null)} />;
  if (shown?.name === 'pin' && more !== undefined)
    return <ExemptionPin offer={offer} more={more} exemption={shown.exemption} onBack={() => setSheet(null)} />;

  if (shown?.name === 'holder-pin' && more !== undefined)
    return <HolderPin offer={offer} more={more} onBack={() => setSheet(null)} />;

  return (
    <section class="screen offer" data-more={more !== undefined}>
      <header class="offer-holder">
        <HolderName holder={offer.holder} />
        <HolderFacts
          holder={offer.holder}
          isRenewed={offer.isRenewed === true}
          expiresInDays={offer.expiresInDays}
          standIn={offer.standIn}
        />
      </header>
      {more !== undefined && <OfferNotes more={more} />}
      <div class="offer-items" data-count={items.length}>
        {items.length > 1 && shown === null && (
          <div class="tiles" data-columns={items.length > (more === undefined ? 3 : 2) ? 2 : 1}>
            {items.map((it, at) => (
              <Tile
                key={it.commodity}
                item={it}
                quantity={quantityOf(choices, it)}
                chosen={it === item}
                onPress={() => setSelected(at)}
              />
            ))}
          </div>
        )}
        {shown?.name === 'pay' && command !== null && (
          <PaymentSheet
            methods={methods}
            amount={sum}
            currency={more?.currency ?? ''}
            purse={more?.purse}
            onChoose={pay}
            onBack={() => setSheet(null)}
          />
        )}
        {item === undefined && shown === null && <EmptyOffer />}
        {more !== undefined && shown?.name === 'papers' && <PapersSheet more={more} onBack={() => setSheet(null)} />}
        {item !== undefined && shown?.name === 'for' && (
          <PurposeSheet
            item={item}
            at={paperLines(choices, item).at}
            onChoose={(commodity) => change((now, of) => withPurpose(now, of, commodity))}
            onBack={() => setSheet(null)}
          />
        )}
        {item !== undefined && shown?.name === 'site' && (
          <SiteSheet
            item={item}
            at={paperLines(choices, item).site}
            onChoose={(site) => change((now, of) => withSite(now, of, site))}
            onBack={() => setSheet(null)}
          />
        )}
        {item !== undefined && shown === null && (
          <ItemEditor
            key={item.commodity}
            item={item}
            programme={offer.programme}
            currency={more?.currency ?? null}
            stepped={stepped(choices, item)}
            lines={paperLines(choices, item)}
            onStep={step}
            onQuantity={(quantity) => setChoices((now) => withStep(now, item, quantity))}
            onSheet={(name) => setSheet({ name })}
          />
        )}
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('cancel')}
        </Key>
        {more !== undefined && <HolderPinKey more={more} onPress={() => setSheet({ name: 'holder-pin' })} />}
        {more !== undefined && <PapersKey more={more} onPress={() => setSheet({ name: 'papers' })} />}
        {more !== undefined && (
          <ClaimKeys tapId={tapId} more={more} onPin={(exemption) => setSheet({ name: 'pin', exemption })} />
        )}
        {offer.hasPin === true && <CardPinKey tapId={tapId} />}
        {offer.hasRecords === true && <RecordsKey onPress={() => setSheet({ name: 'records' })} />}
        <Key kind="primary" id="confirm" disabled={busy || command === null || shown?.name === 'pay'} onPress={confirm}>
          <Icon name="check" />
          <ConfirmWords items={items} choices={choices} currency={more?.currency ?? null} />
        </Key>
      </footer>
    </section>
  );
}

interface TileProps {
  readonly item: ItemView;
  readonly quantity: number;
  readonly chosen: boolean;
  readonly onPress: () => void;
}

function Tile({ item, quantity, chosen, onPress }: TileProps): JSX.Element {
  const { speech } = usePage();
  return (
    <Key kind="choice" id={`item-${item.commodity}`} pressed={chosen} onPress={onPress}>
      <span class="tile-name">
        <bdi>{speech.pick(item.name)}</bdi>
      </span>
      <span class="tile-quantity">
        <strong>{speech.number(quantity)}</strong> <span>{speech.word(item.unit, quantity)}</span>
      </span>
    </Key>
  );
}

interface ConfirmWordsProps {
  readonly items: readonly ItemView[];
  readonly choices: Choices;
  readonly currency: string | null;
}

/** The key says what it will do: one quantity in full, or how many commodities; and what is paid. */
function ConfirmWords({ items, choices, currency }: ConfirmWordsProps): JSX.Element {
  const { speech } = usePage();
  const taken = items.filter((item) => quantityOf(choices, item) > 0);
  const [only] = taken;
  if (only === undefined) {
    const isWritten = items.length > 0 && items.every(isPaperOnly);
    return <span>{speech.say(isWritten ? 'chooseFor' : 'chooseQuantity')}</span>;
  }
  if (taken.some((item) => lacksSite(choices, item))) return <span>{speech.say('chooseSite')}</span>;
  const quantity = quantityOf(choices, only);
  const what =
    taken.length === 1
      ? `${speech.number(quantity)} ${speech.word(only.unit, quantity)}`
      : speech.count('commodities', taken.length);
  const sum = toPay(choices, taken);
  return (
    <span class="confirm-words">
      <span>{speech.say('confirm', { what })}</span>
      {currency !== null && (
        <span class="confirm-sum">
          {sum === 0 ? speech.say('nothingToPay') : speech.say('holderPays', { sum: speech.money(sum, currency) })}
        </span>
      )}
    </span>
  );
}
