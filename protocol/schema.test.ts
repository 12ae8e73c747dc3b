import test from 'ava';
import * as fc from 'fast-check';
import { valueOf } from './testing/arbitrary.ts';
import { judgeType, judgeValue } from './testing/judge.ts';
import { payloadSchemas } from './testing/schemas.ts';
import { Reader, Writer, type Schema } from './xdr/index.ts';

const RUNS = 10;

const agrees = test.macro({
  title: (name = '') => `${name}: another XDR library writes the same bytes, and they are read back as the same value`,
  exec(t, schema: Schema<unknown>) {
    const judge = judgeType(schema);
    const property = fc.property(valueOf(schema), value => {
      const writer = new Writer();
      schema.encode(writer, value);
      const bytes = writer.take();
      t.is(bytes.toString('hex'), Buffer.from(judge.encode(judgeValue(schema, value))).toString('hex'));
      const reader = new Reader(bytes);
      t.deepEqual(schema.decode(reader), value);
      t.is(reader.left, 0);
      t.true(bytes.length >= schema.minSize);
    });
    fc.assert(property, { numRuns: RUNS });
  },
});

for (const [name, schema] of payloadSchemas) test(name, agrees, schema);
