// sharp as a contender. Reads one JSON order per line, writes one JSON result per line.
//   node sharp.mjs idiomatic|tuned THREADS

import { readFile, writeFile } from 'node:fs/promises'
import readline from 'node:readline'
import sharp from 'sharp'

const [way, threads] = process.argv.slice(2)
sharp.cache(false)
sharp.concurrency(Number(threads))

const fits = (input, one) =>
  input.resize(one.width, one.height, { fit: one.fit, withoutEnlargement: true })

// As the documentation shows it: one pipeline per file, from the original.
async function idiomatic (data, recipe) {
  const one = async (rendition, entry) => {
    const output = await fits(sharp(data).rotate(), rendition)
      .toFormat(entry.format, { quality: entry.quality })
      .toBuffer()
    return [`${rendition.name}.${entry.format}`, output]
  }
  return Promise.all(recipe.renditions.flatMap(r => recipe.formats.map(f => one(r, f))))
}

// One decode to the largest rendition, the others from its pixels, encoders at Darkroom's effort.
async function tuned (data, recipe) {
  const [largest] = [...recipe.renditions].sort((a, b) => b.width - a.width)
  const decoded = await fits(sharp(data, { sequentialRead: true }).rotate(), largest)
    .toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const raw = { raw: { width: decoded.info.width, height: decoded.info.height, channels: decoded.info.channels } }
  const effort = { jpeg: {}, webp: { effort: 2 }, avif: { effort: 0 } }
  const outputs = []
  for (const rendition of recipe.renditions) {
    const pixels = rendition === largest
      ? { data: decoded.data, info: decoded.info }
      : await fits(sharp(decoded.data, raw), rendition).raw().toBuffer({ resolveWithObject: true })
    const size = { raw: { width: pixels.info.width, height: pixels.info.height, channels: pixels.info.channels } }
    const encoded = recipe.formats.map(async entry => [
      `${rendition.name}.${entry.format}`,
      await sharp(pixels.data, size)
        .toFormat(entry.format, { quality: entry.quality, ...effort[entry.format] })
        .toBuffer()
    ])
    outputs.push(...await Promise.all(encoded))
  }
  return outputs
}

const ways = { idiomatic, tuned }
console.log(JSON.stringify({ ready: true, versions: sharp.versions, loaded: process.resourceUsage().maxRSS }))
for await (const line of readline.createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  const data = await readFile(order.input)
  const before = process.cpuUsage()
  const start = process.hrtime.bigint()
  try {
    const outputs = await ways[way](data, order.recipe)
    const wall = Number(process.hrtime.bigint() - start) / 1e6
    const spent = process.cpuUsage(before)
    if (order.output) {
      for (const [name, output] of outputs) await writeFile(`${order.output}/${name}`, output)
    }
    const bytes = outputs.reduce((sum, [, output]) => sum + output.length, 0)
    console.log(JSON.stringify({ wall, cpu: (spent.user + spent.system) / 1e3, bytes, peak: process.resourceUsage().maxRSS }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message).split('\n')[0] }))
  }
}
