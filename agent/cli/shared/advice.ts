/** What to do about an error whose own sentence only says what is wrong. */
import type { ErrorCode } from '../../domain/error-codes.js';

const COPY_LISTS = 'copy all lists again from the folder that "wasl authority publish" named';

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_JOURNAL_LOCKED: 'stop the other one first: Ctrl-C where it runs, or "sudo systemctl stop wasl-terminal"',
  ERR_JOURNAL_KEY: 'put the journal-key back that this journal was made with; no other key opens it',
  ERR_JOURNAL_SPACE: 'make room on the disk of the data folder, then start again; nothing that was recorded is lost',
  ERR_JOURNAL_IO: 'look at the disk ("dmesg | tail"); "wasl journal verify" says what can still be read',
  ERR_JOURNAL_DAMAGED: '"wasl journal verify" says what is damaged and what can still be read',
  ERR_JOURNAL_VERSION: 'install the newer version again; an older one never opens its journal',
  ERR_LIST_FORMAT: COPY_LISTS,
  ERR_LIST_SIGNATURE: `${COPY_LISTS}, or mend "trust.authorityKey": "wasl authority show" prints it`,
  ERR_LIST_EXPIRED: 'publish the lists again ("wasl authority publish") and copy them over',
  ERR_LIST_VERSION: COPY_LISTS,
  ERR_KEY_WEAK: 'no honest key looks like this: copy it again from where it was printed',
  ERR_DATABASE: 'check that CouchDB runs at "couch.url", and its user and password',
  ERR_BROKER: 'check that the broker runs at its "url", and its user and password',
};

/** What to do about an error of this code, or null where the error's own message always says it. */
export function adviceFor(code: ErrorCode): string | null {
  return ADVICE[code] ?? null;
}
