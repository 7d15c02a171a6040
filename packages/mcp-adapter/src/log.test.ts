import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultReporter } from './log.ts';

function reported(error: Error): unknown[] {
  const lines: unknown[] = [];
  const ignore = (): void => {};
  faultReporter({ debug: ignore, info: ignore, warn: (fields, message) => lines.push({ ...fields, message }), error: ignore })(error);
  return lines;
}

test('a fault of the SDK is a warning of bounded length', () => {
  expect(reported(new Error('x'.repeat(1_000)))).toEqual([{ fault: 'x'.repeat(300), message: 'MCP request failed' }]);
});

test("a parser's message is not told: it quotes what a client sent", () => {
  let fault = new Error('none');
  try {
    JSON.parse('{"env": hunter2}');
  } catch (error) {
    if (error instanceof Error) fault = error;
  }
  expect(fault.message).toContain('hunter2');
  expect(reported(fault)).toEqual([{ fault: 'what a client sent is not JSON', message: 'MCP request failed' }]);
});

test('a message that is no JSON-RPC is told in one short line', () => {
  const { error } = z.object({ jsonrpc: z.literal('2.0'), id: z.number() }).safeParse({ hunter2: 1 });
  expect(reported(error ?? new Error('none'))).toEqual([
    { fault: 'what a client sent is no JSON-RPC message', message: 'MCP request failed' },
  ]);
  expect(reported(new Error('one\n  two'))).toEqual([{ fault: 'one two', message: 'MCP request failed' }]);
});
