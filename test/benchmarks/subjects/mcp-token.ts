/** Of the servers that a benchmark starts and ends, on the loopback interface. */
export const TOKEN = 'a-token-of-the-benchmarks-alone';
