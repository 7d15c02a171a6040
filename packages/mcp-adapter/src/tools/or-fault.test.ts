import { expect, test } from 'vitest';
import { z } from 'zod';
import { orFault } from './or-fault.ts';

const schema = orFault({ id: z.string(), note: z.string().optional() });

test('what a tool gives is whole, or a fault', () => {
  expect(schema.safeParse({ id: 'a' }).success).toBe(true);
  expect(schema.safeParse({ code: 'EXEC_QUOTA', message: 'm', retry_after_ms: 5 }).success).toBe(true);
  for (const neither of [{}, { note: 'n' }, { code: 'EXEC_QUOTA' }, { message: 'm' }])
    expect(schema.safeParse(neither).success).toBe(false);
});

test('clients are told of one object without a union, whose further fields are described', () => {
  const told = z.toJSONSchema(schema);
  expect(told).toMatchObject({
    type: 'object',
    properties: { id: { type: 'string' } },
    description: expect.stringContaining('retry_after_ms'),
    additionalProperties: true,
  });
  expect(JSON.stringify(told)).not.toMatch(/anyOf|oneOf|allOf|"required"/);
});
