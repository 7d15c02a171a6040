import * as z from 'zod';
import { configSchema } from './schema/config.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** What a placeholder may stand for is known only when it has its value. */
const PLACEHOLDER: Schema = { type: 'string', pattern: '\\$\\{(env|file):[^{}]*\\}' };

/** Of text, what a placeholder may break. */
const BOUNDS = ['pattern', 'enum', 'maxLength', 'format'] as const;

/** The schema of errand.yaml for editors, as JSON Schema (draft 2020-12). */
export function jsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: found, path }) => allowPlaceholder(found, path),
  });
  return { title: 'errand.yaml', ...schema };
}

function allowPlaceholder(found: Schema, path: readonly (string | number)[]): void {
  if (found.const !== undefined || path.at(-1) === 'propertyNames') return;
  const asText = textOf(found);
  const isBound = found.type === 'string' && BOUNDS.some((bound) => found[bound] !== undefined);
  if (!asText && !isBound) return;
  const before = { ...found };
  for (const key of Object.keys(found)) delete found[key];
  found.anyOf = [before, ...(asText ? [asText] : []), PLACEHOLDER];
}

/** What a placeholder brings is text, so text that is a number or a boolean will do, in quotes too. */
function textOf({ type, minimum, enum: words = [true, false] }: Schema): Schema | undefined {
  const sign = minimum !== undefined && minimum >= 0 ? '' : '-?';
  switch (type) {
    case 'integer':
      return { type: 'string', pattern: `^${sign}\\d{1,16}$` };
    case 'number':
      return { type: 'string', pattern: `^${sign}\\d+(\\.\\d+)?$` };
    case 'boolean':
      return { type: 'string', enum: words.map(String) };
    default:
      return undefined;
  }
}
