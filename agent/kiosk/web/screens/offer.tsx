import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ItemView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { ItemEditor } from './item-editor.js';
import { HolderFacts, HolderName } from './parts.js';

type Offer = Extract<Screen, { readonly name: 'offer' }>;

/** The card is good: who it is, what may be taken, how much is, and one key to confirm. Begins with all there is. */
export function OfferScreen({ offer }: { readonly offer: Offer }): JSX.Element {
  const { speech, act, busy } = usePage();
  const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({});
  const [selected, setSelected] = useState(0);
  const { items, tapId } = offer;
  // What is available may shrink under our hands (a clock tick, a new policy): never show more than there is.
  const quantityOf = (item: ItemView): number => clamp(chosen[item.commodity] ?? item.available, item);
  const taken = items.filter((item) => quantityOf(item) > 0);
  const item = items[Math.min(selected, items.length - 1)];

  const choose = (of: ItemView, quantity: number): void =>
    setChosen((now) => ({ ...now, [of.commodity]: clamp(quantity, of) }));
  const step = (by: number): void => {
    if (item !== undefined) {
      setChosen((now) => ({ ...now, [item.commodity]: clamp((now[item.commodity] ?? item.available) + by, item) }));
    }
  };
  const select = (by: number): void => setSelected((now) => (now + by + items.length) % Math.max(items.length, 1));
  const confirm = (): void => {
    if (taken.length === 0) return;
    act({ type: 'confirm', tapId, quantities: Object.fromEntries(taken.map((it) => [it.commodity, quantityOf(it)])) });
  };
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({
    Enter: confirm,
    Escape: cancel,
    '+': () => step(1),
    '=': () => step(1),
    '-': () => step(-1),
    ArrowDown: () => select(1),
    ArrowUp: () => select(-1),
  });

  return (
    <section class="screen offer">
      <header class="offer-holder">
        <HolderName holder={offer.holder} />
        <HolderFacts holder={offer.holder} isRenewed={offer.isRenewed === true} />
      </header>
      <div class="offer-items" data-count={items.length}>
        {items.length > 1 && (
          <div class="tiles" data-columns={items.length > 3 ? 2 : 1}>
            {items.map((it, at) => (
              <Tile
                key={it.commodity}
                item={it}
                quantity={quantityOf(it)}
                chosen={it === item}
                onPress={() => setSelected(at)}
              />
            ))}
          </div>
        )}
        {item !== undefined && (
          <ItemEditor
            key={item.commodity}
            item={item}
            programme={offer.programme}
            quantity={quantityOf(item)}
            onStep={step}
            onQuantity={(quantity) => choose(item, quantity)}
          />
        )}
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('cancel')}
        </Key>
        <Key kind="primary" id="confirm" disabled={busy || taken.length === 0} onPress={confirm}>
          <Icon name="check" />
          <ConfirmWords taken={taken} quantityOf={quantityOf} />
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
  readonly taken: readonly ItemView[];
  readonly quantityOf: (item: ItemView) => number;
}

/** The key says what it will do: one quantity in full, or how many commodities. */
function ConfirmWords({ taken, quantityOf }: ConfirmWordsProps): JSX.Element {
  const { speech } = usePage();
  const [only] = taken;
  if (only === undefined) return <span>{speech.say('chooseQuantity')}</span>;
  const quantity = quantityOf(only);
  const what =
    taken.length === 1
      ? `${speech.number(quantity)} ${speech.word(only.unit, quantity)}`
      : speech.count('commodities', taken.length);
  return <span>{speech.say('confirm', { what })}</span>;
}

function clamp(quantity: number, item: ItemView): number {
  return Math.max(0, Math.min(quantity, item.available));
}
