import * as z from 'zod';
import { configSchema } from './schema/config.ts';

/** What a placeholder may stand for is known only when it has its value. */
const PLACEHOLDER: z.core.JSONSchema.BaseSchema = { type: 'string', pattern: '\\$\\{(env|file):[^{}]*\\}' };

/** The schema of errand.yaml for editors, as JSON Schema (draft 2020-12). */
export function jsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: found, path }) => allowPlaceholder(found, path),
  });
  return { title: 'errand.yaml', ...schema };
}

function allowPlaceholder(found: z.core.JSONSchema.BaseSchema, path: readonly (string | number)[]): void {
  if (found.const !== undefined || path.at(-1) === 'propertyNames') return;
  const plain = found.type === 'integer' || found.type === 'number' || found.type === 'boolean';
  const bound = found.type === 'string' && (found.pattern !== undefined || found.enum !== undefined);
  if (!plain && !bound) return;
  const before = { ...found };
  for (const key of Object.keys(found)) delete found[key];
  found.anyOf = [before, PLACEHOLDER];
}
