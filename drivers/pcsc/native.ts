/**
 * What the driver needs of PC/SC, and no more: the seam between the driver's logic and the native module. Only plain
 * values pass it, so that the native module can live in a process of its own.
 */

/** What the PC/SC service tells. After `failed` the session is dead: close it and open another. */
export type PcscEvent =
  | { readonly type: 'attached'; readonly reader: string }
  | { readonly type: 'detached'; readonly reader: string }
  | { readonly type: 'card'; readonly reader: string; readonly atr: Uint8Array }
  | { readonly type: 'mute'; readonly reader: string }
  | { readonly type: 'empty'; readonly reader: string }
  | { readonly type: 'failed'; readonly message: string };

/** How the card is left when a connection ends: as it is, or reset, so that it forgets what it was told. */
export type Disposition = 'leave' | 'reset';

/**
 * An open connection to the PC/SC service. Calls for one reader are serialised by the caller. Calls that concern a card
 * reject with `ERR_CARD_LOST` or `ERR_CARD_IO`; none has a deadline of its own: a service that hangs never settles.
 */
export interface PcscSession {
  /** Connects to the card on a reader, shared, after dropping what an earlier connection left. */
  connect(reader: string): Promise<void>;
  /** Ends the connection to the card. */
  disconnect(reader: string, disposition: Disposition): Promise<void>;
  /** One exchange: a command APDU, and the answer with its status word, at most `responseBytesMax` bytes. */
  transmit(reader: string, command: Uint8Array, responseBytesMax: number): Promise<Uint8Array>;
  /** Frees everything. No event is delivered after it is called. */
  close(): Promise<void>;
}

/** The way to the PC/SC service of this machine. */
export interface PcscService {
  /**
   * Opens a session. Rejects with `ERR_READER_UNAVAILABLE` when the service does not run (worth another try later).
   * The listener may be called before this resolves.
   */
  open(listener: (event: PcscEvent) => void): Promise<PcscSession>;
  /** Lets go of what is kept ready for a session that will not come. The service can be used again afterwards. Absent where nothing is kept. */
  dismiss?(): Promise<void>;
}

/** Loads the native part. Rejects with `ERR_READER_UNAVAILABLE` when it is not installed: no later try will help. */
export type LoadPcsc = () => Promise<PcscService>;
