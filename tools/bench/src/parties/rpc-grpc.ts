const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes: Buffer): never => JSON.parse(bytes.toString('utf8')) as never;

export const RESERVE = {
  path: '/bench.Catalog/Reserve',
  requestStream: false,
  responseStream: false,
  requestSerialize: toBytes,
  requestDeserialize: fromBytes,
  responseSerialize: toBytes,
  responseDeserialize: fromBytes,
} as const;
