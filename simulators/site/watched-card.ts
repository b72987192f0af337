import type { SimulatedNtag21x } from '../cards/ntag21x.js';

/** Who looks at the frames that a card is sent. */
export interface CardWatcher {
  /** Before the card sees the frame. */
  before?(frame: Uint8Array): void;
  /** After the card has obeyed it, before the reader hears the answer. */
  after?(frame: Uint8Array): void;
}

/** The card, with somebody looking at each frame. */
export function watchedCard(card: SimulatedNtag21x, watcher: CardWatcher): SimulatedNtag21x {
  return new Proxy(card, {
    get: (target, property) => {
      if (property === 'exchange') {
        return (frame: Uint8Array) => {
          watcher.before?.(frame);
          const answer = target.exchange(frame);
          watcher.after?.(frame);
          return answer;
        };
      }
      // The card's private fields are its own: its methods need the card itself for `this`.
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
