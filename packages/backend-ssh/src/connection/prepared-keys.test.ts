import { createCipheriv, KeyObject } from 'node:crypto';
import { Client } from 'ssh2';
import { expect, test } from 'vitest';
import { prepareKeys } from './prepared-keys.ts';

test('a cipher with bytes for a key gets the same key, made once; one without, and a client without ciphers, stay as they are', () => {
  const bytes = Buffer.alloc(16, 7);
  const client = { _protocol: { _cipher: { _encKey: bytes as unknown }, _decipher: { _decipherKey: undefined } } };
  prepareKeys(client);
  const { _encKey: key } = client._protocol._cipher;
  const encrypted = [key, bytes].map((with_) =>
    createCipheriv('aes-128-gcm', with_ as Buffer, Buffer.alloc(12)).update('some text', 'utf8', 'hex'),
  );
  expect(key).toBeInstanceOf(KeyObject);
  expect(encrypted[0]).toBe(encrypted[1]);
  prepareKeys(client);
  expect(client._protocol._cipher._encKey).toBe(key);
  expect(client._protocol._decipher).toEqual({ _decipherKey: undefined });
  prepareKeys(new Client());
  prepareKeys({});
});
