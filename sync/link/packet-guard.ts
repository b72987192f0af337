import { WaslError } from '../../agent/domain/errors.js';

/** Watches the bytes of an MQTT connection as they arrive. */
export interface PacketGuard {
  /** Takes the next bytes. Throws `ERR_BROKER` as soon as the header of a packet announces more than the limit. */
  watch(chunk: Uint8Array): void;
}

/**
 * Bounds the packets that a broker can make us hold in memory: MQTT.js collects whatever length a packet announces, up to 256 MB.
 * Follows the framing of MQTT (§2.1.1 of version 5, §2.2 of 3.1.1): one byte, then the remaining length in base 128.
 */
export function packetGuard(packetBytesMax: number): PacketGuard {
  let bodyLeft = 0;
  let inLength = false;
  let length = 0;
  let lengthBytes = 0;

  const takeLengthByte = (byte: number): void => {
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (length > packetBytesMax || lengthBytes > 4)
      throw new WaslError('ERR_BROKER', `the broker sent a packet of more than ${packetBytesMax} bytes`);
    if (byte < 0x80) {
      inLength = false;
      bodyLeft = length;
    }
  };

  return {
    watch(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (bodyLeft > 0) {
          const skipped = Math.min(bodyLeft, chunk.length - at);
          bodyLeft -= skipped;
          at += skipped;
          continue;
        }
        const byte = chunk[at] ?? 0;
        at += 1;
        if (inLength) {
          takeLengthByte(byte);
        } else {
          inLength = true;
          length = 0;
          lengthBytes = 0;
        }
      }
    },
  };
}
