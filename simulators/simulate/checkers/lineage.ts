import type { Observation } from '../observations.js';

/** Something that is remembered of each machine, and that a machine made from an image knows as the image did. */
export class Lineage<T> {
  readonly #fresh: () => T;
  readonly #machines = new Map<string, T>();
  readonly #images = new Map<string, T>();

  constructor(fresh: () => T) {
    this.#fresh = fresh;
  }

  /** Takes note of machines and images; everything else is passed over. */
  see(seen: Observation): void {
    if (seen.type === 'image') this.#images.set(seen.image, this.of(seen.machine));
    if (seen.type !== 'machine') return;
    const copied = seen.copyOf === null ? undefined : this.#images.get(seen.copyOf);
    this.#machines.set(seen.machine, copied ?? this.#fresh());
  }

  /** What is remembered of a machine. */
  of(machine: string): T {
    return this.#machines.get(machine) ?? this.#fresh();
  }

  /** Remembers something else; values are replaced, never changed. */
  set(machine: string, value: T): void {
    this.#machines.set(machine, value);
  }
}
