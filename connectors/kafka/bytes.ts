/** Reads Kafka's wire format. Throws RangeError beyond the end. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get remainingBytes(): number {
    return this.#bytes.length - this.#at
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8))
  }

  /** Returns null if the length is negative. */
  bytes(length: number): Buffer | null {
    if (length < 0) return null
    if (length > this.remainingBytes) throw new RangeError(`${length} bytes wanted, ${this.remainingBytes} left`)
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  text(length: number): string {
    return this.bytes(length)?.toString('utf8') ?? ''
  }

  string(): string {
    return this.text(this.int16())
  }

  array<T>(item: () => T): T[] {
    return this.#items(this.int32(), item)
  }

  uvarint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#advance(1))
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  varint(): number {
    const value = this.uvarint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#advance(1))
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
  }

  compactString(): string {
    return this.text(this.uvarint() - 1)
  }

  compactArray<T>(item: () => T): T[] {
    return this.#items(this.uvarint() - 1, item)
  }

  /** Skips fields of newer versions, which we do not need. */
  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left -= 1) {
      this.uvarint()
      this.bytes(this.uvarint())
    }
  }

  #items<T>(count: number, item: () => T): T[] {
    const items: T[] = []
    for (let i = 0; i < count; i += 1) items.push(item())
    return items
  }

  #advance(bytes: number): number {
    const start = this.#at
    this.#at += bytes
    return start
  }
}

export const wire = {
  int8: (value: number) => Uint8Array.of(value & 0xff),
  int16: (value: number) => Uint8Array.of((value >> 8) & 0xff, value & 0xff),
  int32: (value: number) => {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeInt32BE(value)
    return bytes
  },
  int64: (value: bigint) => {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(value)
    return bytes
  },
  string: (value: string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([wire.int16(bytes.length), bytes])
  },
  array: (items: readonly Uint8Array[]) => Buffer.concat([wire.int32(items.length), ...items]),
  uvarint: (value: number): Uint8Array => {
    const bytes: number[] = []
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Uint8Array.of(...bytes, rest)
      bytes.push((rest % 128) | 0x80)
    }
  },
  compactString: (value: string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([wire.uvarint(bytes.length + 1), bytes])
  },
} as const
