/** All blocks in one, which no other memory is behind. */
export function joined(blocks: readonly Uint8Array[], total: number): Uint8Array {
  const [first = new Uint8Array(0)] = blocks;
  // No Buffer, whose methods behave otherwise.
  if (blocks.length === 1 && first.length === first.buffer.byteLength) return new Uint8Array(first.buffer);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}
