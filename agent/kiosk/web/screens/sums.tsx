import type { JSX } from 'preact';
import type { SumsView } from '../../state.js';
import { moneyIn } from '../books.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';

/** What a shift came to in services and money, line by line. */
export function SumsTable({
  sums,
  currency,
}: {
  readonly sums: SumsView;
  readonly currency: string | null;
}): JSX.Element {
  const { speech } = usePage();
  const { services, voids, float, cash, machine } = sums;
  const money = (minor: number): string => moneyIn(minor, currency, speech);
  return (
    <dl class="sums">
      <Line name={speech.say('sumsServices')} value={speech.number(services)} />
      {voids > 0 && <Line name={speech.say('sumsVoids')} value={speech.number(voids)} />}
      {float !== null && (
        <>
          <Line name={speech.say('sumsFloat')} value={money(float)} />
          <Line name={speech.say('sumsPaid')} value={money(cash.paid)} />
          {cash.returned > 0 && <Line name={speech.say('sumsReturned')} value={money(cash.returned)} />}
          {cash.held > 0 && <Line name={speech.say('sumsHeld')} value={money(cash.held)} />}
        </>
      )}
      {machine.paid + machine.returned > 0 && (
        <Line name={speech.say('sumsMachine')} value={money(machine.paid - machine.returned)} />
      )}
    </dl>
  );
}

/** What was handed out in a shift, at most so many commodities of it; and that records of it are missing. */
export function SumsGoods({ sums, max }: { readonly sums: SumsView; readonly max: number }): JSX.Element {
  const { speech } = usePage();
  const { goods, isWhole } = sums;
  return (
    <div class="sums-goods">
      {goods.length > 0 && (
        <dl class="sums">
          <Line name={speech.say('sumsGoods')} value={speech.count('commodities', goods.length)} />
          {goods.slice(0, max).map(({ commodity, name, unit, quantity }) => (
            <Line
              key={commodity}
              name={speech.pick(name)}
              value={`${speech.number(quantity)} ${speech.word(unit, quantity)}`}
            />
          ))}
        </dl>
      )}
      {!isWhole && (
        <p class="sums-missing">
          <Icon name="warning" />
          <span>{speech.say('sumsMissing')}</span>
        </p>
      )}
    </div>
  );
}

function Line({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div class="sums-line">
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

/** What a {@link Difference} shows, in words. */
export interface DifferenceProps {
  readonly expected: string;
  /** Null before anything was typed. */
  readonly counted: string | null;
  /** Counted less expected. */
  readonly by: number;
  /** The difference without its sign. */
  readonly words: string;
}

/** What should be there, what was counted, and what is missing or too much. */
export function Difference({ expected, counted, by, words }: DifferenceProps): JSX.Element {
  const { speech } = usePage();
  const key = by === 0 ? 'differenceNone' : by < 0 ? 'differenceShort' : 'differenceOver';
  return (
    <dl class="difference">
      <Line name={speech.say('expected')} value={expected} />
      <Line name={speech.say('counted')} value={counted ?? '…'} />
      <div class="sums-line difference-line" data-off={counted !== null && by !== 0}>
        <dt>{speech.say('difference')}</dt>
        <dd>{counted === null ? '…' : speech.say(key, { sum: words })}</dd>
      </div>
    </dl>
  );
}
