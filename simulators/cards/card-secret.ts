/** The private key inside a simulated smart card. */
import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { CardKey } from '../../agent/domain/credential.js';

/** Signs with a key that is never told. */
export class CardSecret {
  readonly key: CardKey;
  readonly #sign: (message: Uint8Array) => Uint8Array;

  /** `secret` is an Ed25519 seed or the private number of P-256, 32 bytes. Throws for what is no key. */
  constructor(algorithm: CardKey['algorithm'], secret: Uint8Array) {
    if (algorithm === 'EdDSA') {
      const signer = signerFromSeed(secret);
      this.key = { algorithm, publicKey: signer.publicKey };
      this.#sign = (message) => signer.sign(message);
      return;
    }
    const { publicKey, privateKey } = p256From(secret);
    this.key = { algorithm, publicKey };
    this.#sign = (message) => Uint8Array.from(sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
  }

  /** 64 bytes over the message. */
  sign(message: Uint8Array): Uint8Array {
    return this.#sign(message);
  }
}

function p256From(secret: Uint8Array): { publicKey: Uint8Array; privateKey: KeyObject } {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret);
  const publicKey = Uint8Array.from(pair.getPublicKey().subarray(1));
  const part = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: part(publicKey.subarray(0, 32)),
    y: part(publicKey.subarray(32)),
    d: part(secret),
  };
  return { publicKey, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) };
}
