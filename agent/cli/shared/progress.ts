/** One line that is written over and over, on a terminal; nothing where the stream is a file or a pipe. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

const SHOW_EVERY_MS = 100;

/** A progress line on a stream. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    show: (text) => {
      const nowMs = performance.now();
      if (!stream.isTTY || nowMs - lastMs < SHOW_EVERY_MS) return;
      lastMs = nowMs;
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    clear: () => {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}

const BAR_CELLS = 24;

/** A bar of 24 cells, e.g. `[######                  ]`. */
export function progressBar(done: number, total: number): string {
  const filled = total === 0 ? BAR_CELLS : Math.min(BAR_CELLS, Math.floor((done / total) * BAR_CELLS));
  return `[${'#'.repeat(filled).padEnd(BAR_CELLS)}]`;
}
