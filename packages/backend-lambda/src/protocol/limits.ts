/** Quotas of AWS Lambda, which nobody can raise. */

/** One synchronous request, with base64 and JSON in it. */
export const MAX_REQUEST_BYTES = 6_291_456;
/** Raw stdin in one request: with what base64 adds, and room for the longest script and environment. */
export const MAX_STDIN_BYTES = 4_194_304;
/** Output in one streamed response of 200 MB: with what its frames add, where it comes in small pieces for 15 minutes. */
export const MAX_OUTPUT_BYTES = 175_000_000;
export const MAX_TIMEOUT_MS = 900_000;
