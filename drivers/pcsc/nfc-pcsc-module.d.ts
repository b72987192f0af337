/** What is used of nfc-pcsc 0.8.1 and of the pcsclite reader inside; neither package has types for it. */
declare module 'nfc-pcsc' {
  type Callback<T> = (error: unknown, value: T) => void;

  /** A `CardReader` of `@pokusew/pcsclite`. */
  export interface NativeReader {
    readonly name: string;
    /** What the next `connect` and `transmit` go by; set by the native code, and wrong after a failed disconnect. */
    connected: boolean;
    readonly SCARD_SHARE_SHARED: number;
    readonly SCARD_LEAVE_CARD: number;
    readonly SCARD_RESET_CARD: number;
    on(event: 'status', listener: (status: { readonly state: number; readonly atr?: Uint8Array }) => void): void;
    removeAllListeners(event: 'status'): void;
    connect(options: { readonly share_mode: number }, callback: Callback<number>): void;
    disconnect(disposition: number, callback: Callback<undefined>): void;
    transmit(data: Buffer, responseBytesMax: number, protocol: number, callback: Callback<Uint8Array>): void;
    /** Stops the watch; pcsclite itself calls it when the reader left the list. */
    close(): void;
    /** What pcsclite takes for the end of the watch: it forgets the reader, and tells `end`. */
    emit(event: '_end'): void;
  }

  /** A reader as nfc-pcsc wraps it. */
  export interface Reader {
    readonly reader: NativeReader;
    on(event: 'error', listener: (error: unknown) => void): void;
    on(event: 'end', listener: () => void): void;
  }

  /** A watch over all readers. Its constructor blocks while pcscd does not answer. */
  export class NFC {
    on(event: 'reader', listener: (reader: Reader) => void): void;
    on(event: 'error', listener: (error: unknown) => void): void;
    close(): void;
  }
}
