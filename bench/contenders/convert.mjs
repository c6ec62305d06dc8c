// sharp reading one file, for the conformance table: convert.mjs INPUT OUTPUT

import sharp from 'sharp'

const [input, output] = process.argv.slice(2)
await sharp(input).rotate().toColourspace('srgb').png().toFile(output)
