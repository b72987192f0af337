/** What V8 says was executed (`Profiler.takePreciseCoverage`), as a set of places in the files that are looked at. */
import { type Profiler, Session } from 'node:inspector';

/** Coverage of this thread. */
export class Coverage {
  readonly #session = new Session();
  readonly #files: readonly string[];
  readonly #seen = new Set<string>();

  /** Begins to count in files whose URL contains one of `files`. */
  constructor(files: readonly string[]) {
    this.#files = files;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Places seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** How many places were executed since the last look that never were before; they count as seen from now on, unless `forget`. */
  take(forget = false): number {
    let fresh = 0;
    // Answers come in the call: the session is of this very thread.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error === null) fresh = this.#count(answer.result, forget);
    });
    return fresh;
  }

  /** Ends counting. */
  close(): void {
    this.#session.disconnect();
  }

  #count(scripts: readonly Profiler.ScriptCoverage[], forget: boolean): number {
    let fresh = 0;
    for (const { scriptId, url, functions } of scripts) {
      if (!this.#files.some((file) => url.includes(file))) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const place = `${scriptId}:${startOffset}:${endOffset}`;
          if (count === 0 || this.#seen.has(place)) continue;
          fresh += 1;
          if (!forget) this.#seen.add(place);
        }
      }
    }
    return fresh;
  }
}
