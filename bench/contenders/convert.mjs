// sharp reading files, for the conformance table. Each line of standard input is an input and an
// output file with a tab between; each line of standard output is `ok` or `refused`.

import { createInterface } from 'node:readline'
import sharp from 'sharp'

sharp.cache(false)
for await (const line of createInterface({ input: process.stdin })) {
  const [input, output] = line.split('\t')
  try {
    await sharp(input).rotate().toColourspace('srgb').png().toFile(output)
    console.log('ok')
  } catch {
    console.log('refused')
  }
}
