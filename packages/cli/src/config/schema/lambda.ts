import { duration, flag, integer, size, text } from './leaves.ts';
import { list, mapping, type Shape, toApi } from './mapping.ts';

const functionName = text({
  max: 256,
  pattern: /^[A-Za-z0-9:_$./-]+$/,
  allowed: 'a name or an ARN of a function, such as errand or errand:live',
});

const sized = { functionName, memory: size({ min: 134_217_728 }) };

/** The keys of a function of AWS Lambda. */
export const lambda = {
  functionName,
  functions: list(mapping({}, sized).transform((values) => toApi(sized, values))),
  region: text({ max: 64, pattern: /^[a-z0-9-]+$/, allowed: 'such as eu-central-1' }),
  endpoint: text({ max: 2_048, pattern: /^https?:\/\/\S+$/, allowed: 'a URL such as https://lambda.eu-central-1.amazonaws.com' }),
  tenantIsolation: flag(),
  silence: duration(10_000),
  maxConnections: integer(1, 10_000),
} as const satisfies Shape;
