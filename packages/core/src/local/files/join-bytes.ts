/** A path with one more name at its end. Names on disk need not be text, so bytes. */
export function joinBytes(path: Buffer, name: Uint8Array | string): Buffer {
  return Buffer.concat([path, Buffer.from('/'), Buffer.from(name as string)]);
}
