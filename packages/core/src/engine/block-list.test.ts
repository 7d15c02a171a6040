import { describe, expect, test } from 'vitest';
import { BlockList } from './block-list.ts';

/** What its blocks hold on to. */
function heldBytes(list: BlockList): number {
  const buffers = new Set(list.all().map((data) => data.buffer));
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe('blocks of output', () => {
  test('that share one buffer and are most of it stay in it', () => {
    const list = new BlockList();
    const chunk = Buffer.from(new ArrayBuffer(65_536));
    list.push(chunk.subarray(8, 32_776), 0, 0);
    list.push(chunk.subarray(32_784), 32_768, 1);
    list.compact();
    expect(list.bytes).toBe(65_520);
    expect(heldBytes(list)).toBe(65_536);
  });

  test('that are a small part of their buffer are copied out of it', () => {
    const list = new BlockList();
    const chunk = Buffer.from(new ArrayBuffer(65_536)).fill('a');
    list.push(chunk.subarray(0, 9_000), 0, 0);
    list.push(chunk.subarray(9_000, 18_000), 9_000, 1);
    list.compact();
    expect(Buffer.concat(list.all()).toString()).toBe('a'.repeat(18_000));
    expect(heldBytes(list)).toBeLessThan(19_000);
  });

  test('cost little where small chunks come between large ones', () => {
    const list = new BlockList();
    for (let i = 0; i < 100; i += 1) {
      list.push(Buffer.from(new ArrayBuffer(32_768)), i * 32_784, 2 * i);
      list.push(Buffer.from(new ArrayBuffer(16)), i * 32_784 + 32_768, 2 * i + 1);
    }
    expect(heldBytes(list)).toBeLessThan(1.05 * list.bytes);
  });

  test('of many small chunks are few', () => {
    const list = new BlockList();
    for (let i = 0; i < 100_000; i += 1) list.push(Buffer.from('x'), i, i);
    expect(list.length).toBeLessThan(30);
    expect(Buffer.concat(list.all()).toString()).toBe('x'.repeat(100_000));
  });
});
