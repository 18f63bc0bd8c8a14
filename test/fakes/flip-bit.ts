import { readFile, writeFile } from 'node:fs/promises'

/** Changes one bit of a body, by its number from the start. */
export function flipBit(body: Uint8Array, bit: number): void {
  const byte = Math.floor(bit / 8)
  body[byte] = (body[byte] ?? 0) ^ (1 << (bit % 8))
}

export async function flipBitOfFile(file: string, bit: number): Promise<void> {
  const body = await readFile(file)
  flipBit(body, bit)
  await writeFile(file, body)
}
