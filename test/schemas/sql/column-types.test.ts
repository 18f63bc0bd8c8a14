import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { misfit, usingKeptValues } from './kept-values.ts'
import type { ColumnAs } from './kept-values.ts'

const keptValues = usingKeptValues()

describe('a column holds what fits it, exactly, and an event with what does not is rejected', () => {
  const any = z.number()
  it.each<[string, z.ZodType, ColumnAs, readonly (readonly [string, string])[]]>([
    [
      'DECIMAL of numbers',
      any,
      { type: 'DECIMAL(12,2)' },
      [
        ['19.99', '19.99'],
        ['0.1', '0.10'],
        ['-0.0', '0.00'],
        ['1e2', '100.00'],
        ['9999999999.99', '9999999999.99'],
        ['10000000000', misfit('DECIMAL(12,2)')],
        ['19.999', misfit('DECIMAL(12,2)')],
        ['1e-7', misfit('DECIMAL(12,2)')],
        ['1e300', misfit('DECIMAL(12,2)')],
      ],
    ],
    [
      'DECIMAL of more digits than a number of JSON has',
      any,
      { type: 'DECIMAL(38,10)' },
      [
        ['0.0000000001', '0.0000000001'],
        ['12345.0123456789', '12345.0123456789'],
        ['123456.0123456789', misfit('DECIMAL(38,10)')],
      ],
    ],
    [
      'DECIMAL of texts',
      z.string(),
      { type: 'DECIMAL(20,4)' },
      [
        ['"1234567890123456.7891"', '1234567890123456.7891'],
        ['"0001.50000000000000000000000000000000000000000"', '1.5000'],
        ['"-3"', '-3.0000'],
        ['"12345678901234567"', misfit('DECIMAL(20,4)')],
        ['"1.00001"', misfit('DECIMAL(20,4)')],
        ['"1e3"', misfit('DECIMAL(20,4)')],
        ['" 1"', misfit('DECIMAL(20,4)')],
        ['"1_0"', misfit('DECIMAL(20,4)')],
        ['"NaN"', misfit('DECIMAL(20,4)')],
        ['""', misfit('DECIMAL(20,4)')],
        ['"1."', misfit('DECIMAL(20,4)')],
        ['".5"', misfit('DECIMAL(20,4)')],
      ],
    ],
    [
      'DECIMAL of integers',
      z.int(),
      { type: 'DECIMAL(5,2)' },
      [
        ['999', '999.00'],
        ['1000', misfit('DECIMAL(5,2)')],
      ],
    ],
    [
      'DECIMAL without a fraction',
      any,
      { type: 'DECIMAL(38,0)' },
      [
        ['9007199254740991', '9007199254740991'],
        ['9007199254740992', misfit('DECIMAL(38,0)')],
        ['0.5', misfit('DECIMAL(38,0)')],
      ],
    ],
    [
      'INTEGER of integers',
      z.int(),
      { type: 'INTEGER' },
      [
        ['2147483647', '2147483647'],
        ['2147483648', misfit('INTEGER')],
      ],
    ],
    [
      'BIGINT of numbers',
      any,
      { type: 'BIGINT' },
      [
        ['12', '12'],
        ['1.0', '1'],
        ['1.5', misfit('BIGINT')],
        ['9007199254740993', misfit('BIGINT')],
      ],
    ],
    [
      'UBIGINT of integers',
      z.int(),
      { type: 'UBIGINT' },
      [
        ['7', '7'],
        ['-1', misfit('UBIGINT')],
      ],
    ],
    [
      'UBIGINT of texts',
      z.string(),
      { type: 'UBIGINT' },
      [
        ['"18446744073709551615"', '18446744073709551615'],
        ['"18446744073709551616"', misfit('UBIGINT')],
        ['"007"', misfit('UBIGINT')],
        ['"-1"', misfit('UBIGINT')],
        ['" 7"', misfit('UBIGINT')],
        ['"1.0"', misfit('UBIGINT')],
        ['"x"', misfit('UBIGINT')],
      ],
    ],
    [
      'HUGEINT of texts',
      z.string(),
      { type: 'HUGEINT' },
      [
        ['"99999999999999999999999999999999999999"', '99999999999999999999999999999999999999'],
        ['"-99999999999999999999999999999999999999"', '-99999999999999999999999999999999999999'],
        ['"100000000000000000000000000000000000000"', misfit('HUGEINT')],
      ],
    ],
    [
      'TIMESTAMPTZ of milliseconds',
      z.int(),
      { type: 'TIMESTAMPTZ' },
      [
        ['1500000000123', '2017-07-14 02:40:00.123+00'],
        ['-1', '1969-12-31 23:59:59.999+00'],
        ['253402300799999', '9999-12-31 23:59:59.999+00'],
        ['253402300800000', misfit('TIMESTAMPTZ')],
        ['9007199254740991', misfit('TIMESTAMPTZ')],
      ],
    ],
    [
      'TIMESTAMPTZ of seconds',
      z.int(),
      { type: 'TIMESTAMPTZ', from: 's' },
      [
        ['1500000000', '2017-07-14 02:40:00+00'],
        ['1500000000123', misfit('TIMESTAMPTZ')],
      ],
    ],
    [
      'TIMESTAMPTZ of fractions of seconds',
      any,
      { type: 'TIMESTAMPTZ', from: 's' },
      [
        ['1500000000.123456', '2017-07-14 02:40:00.123456+00'],
        ['1e300', misfit('TIMESTAMPTZ')],
      ],
    ],
    [
      'TIMESTAMPTZ of microseconds',
      z.int(),
      { type: 'TIMESTAMPTZ', from: 'us' },
      [['1500000000123456', '2017-07-14 02:40:00.123456+00']],
    ],
    [
      'TIMESTAMPTZ of texts',
      z.string(),
      { type: 'TIMESTAMPTZ' },
      [
        ['"2017-07-14T02:40:00Z"', '2017-07-14 02:40:00+00'],
        ['"2017-07-14T04:40:00.5+02:00"', '2017-07-14 02:40:00.5+00'],
        ['"2017-07-14 04:40:00.123456789+0200"', '2017-07-14 02:40:00.123456+00'],
        ['"2017-07-14T02:40:00"', misfit('TIMESTAMPTZ')],
        ['"2017-07-14"', misfit('TIMESTAMPTZ')],
        ['"2017-02-29T00:00:00Z"', misfit('TIMESTAMPTZ')],
        ['"2017-07-14T24:00:00Z"', misfit('TIMESTAMPTZ')],
        ['"0000-07-14T00:00:00Z"', misfit('TIMESTAMPTZ')],
        ['"9999-12-31T23:59:59-05:00"', misfit('TIMESTAMPTZ')],
        ['"infinity"', misfit('TIMESTAMPTZ')],
        ['"1500000000"', misfit('TIMESTAMPTZ')],
      ],
    ],
    [
      'DATE of texts',
      z.string(),
      { type: 'DATE' },
      [
        ['"2024-02-29"', '2024-02-29'],
        ['"2024-02-29T23:30:00-02:00"', '2024-03-01'],
        ['"2023-02-29"', misfit('DATE')],
        ['"0000-01-01"', misfit('DATE')],
        ['"24-02-29"', misfit('DATE')],
        ['"today"', misfit('DATE')],
      ],
    ],
    [
      'DATE of seconds',
      z.int(),
      { type: 'DATE', from: 's' },
      [
        ['1500000000', '2017-07-14'],
        ['-1', '1969-12-31'],
      ],
    ],
    [
      'JSON of anything',
      z.unknown(),
      { type: 'JSON' },
      [
        ['{"b":[1,{"c":"é"}],"a":null}', '{"b":[1,{"c":"é"}],"a":null}'],
        ['"text"', '"text"'],
        ['1.50', '1.5'],
      ],
    ],
    [
      'JSON of an object',
      z.object({ a: z.int() }),
      { type: 'JSON' },
      [
        ['{"a":1,"more":[true]}', '{"a":1,"more":[true]}'],
        ['{"a":"x"}', 'rejected: value.a: expected an integer from -9007199254740991 to 9007199254740991, got a text'],
      ],
    ],
    [
      'JSON of an array',
      z.array(z.object({ a: z.int() })),
      { type: 'JSON' },
      [
        ['[{"a":1}]', '[{"a":1}]'],
        ['[]', '[]'],
      ],
    ],
    [
      'JSON of entries',
      z.record(z.string(), z.int()),
      { type: 'JSON' },
      [
        ['{"x":1}', '{"x":1}'],
        ['{"x":"1"}', 'rejected: value.*: expected an integer from -9007199254740991 to 9007199254740991, got a text'],
      ],
    ],
    [
      'VARCHAR[]',
      z.array(z.string()),
      { type: 'VARCHAR[]' },
      [
        ['["a","b\\"c"]', `[a, 'b"c']`],
        ['[]', '[]'],
        ['["a",1]', 'rejected: value[]: expected a text, got an integer'],
      ],
    ],
    [
      'DECIMAL(4,1)[]',
      z.array(z.number().nullable()),
      { type: 'DECIMAL(4,1)[]' },
      [
        ['[1.5,null,2]', '[1.5, NULL, 2.0]'],
        ['[1.5,2.25]', misfit('DECIMAL(4,1)[]')],
      ],
    ],
    [
      'half a character in a list',
      z.array(z.string()),
      { type: 'VARCHAR[]' },
      [['["\\ud83d"]', 'rejected: value: expected whole characters, got half a surrogate pair']],
    ],
    [
      'half a character in JSON',
      z.unknown(),
      { type: 'JSON' },
      [['{"a":["\\ud83d"]}', 'rejected: value: expected whole characters, got half a surrogate pair']],
    ],
  ])('%s', async (_, contract, column, cases) => {
    const values = cases.map(([value]) => value)
    expect(await keptValues(contract, column, values)).toEqual(cases.map(([, text]) => text))
  })
})
