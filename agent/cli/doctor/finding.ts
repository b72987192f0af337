/** What one check of `wasl doctor` found. */
export interface Finding {
  readonly name: string;
  /** `warning`: Wasl works, something is missing that some sites need. `problem`: it will not work. */
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do, or null where nothing is to be done. */
  readonly fix: string | null;
}

/** All is as it should be. */
export function ok(name: string, message: string): Finding {
  return { name, status: 'ok', message, fix: null };
}

/** Something that some sites need is missing. */
export function warning(name: string, message: string, fix: string): Finding {
  return { name, status: 'warning', message, fix };
}

/** Wasl will not work until this is mended. */
export function problem(name: string, message: string, fix: string): Finding {
  return { name, status: 'problem', message, fix };
}

/** The sentence of any thrown value. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
