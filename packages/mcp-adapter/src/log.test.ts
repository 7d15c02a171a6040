import { expect, test } from 'vitest';
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
