/** What is written to the log. Fields carry codes, counts and keyed pseudonyms; never a name, a serial, a UID or a secret. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
