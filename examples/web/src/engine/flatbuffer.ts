// As much of the flatbuffer format as reading and changing a `.tflite` takes. A table is the offset at which it stands.

/** Reads tables of a flatbuffer; positions of fields are those of the LiteRT schema. */
export class FlatReader {
  protected bytes: Uint8Array;
  protected view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  root(): number {
    return this.view.getUint32(0, true);
  }

  /** Where a field of a table stands, or 0 where it is left out. */
  slot(table: number, field: number): number {
    const vtable = table - this.view.getInt32(table, true);
    const entry = 4 + 2 * field;
    if (entry >= this.view.getUint16(vtable, true)) return 0;
    const offset = this.view.getUint16(vtable + entry, true);
    return offset ? table + offset : 0;
  }

  /** The table that a field holds, or 0. */
  table(table: number, field: number): number {
    const slot = this.slot(table, field);
    return slot ? slot + this.view.getUint32(slot, true) : 0;
  }

  /** The tables of a vector of tables. */
  tables(table: number, field: number): number[] {
    const { at, length } = this.vector(table, field);
    return Array.from({ length }, (_, index) => at + 4 * index + this.view.getUint32(at + 4 * index, true));
  }

  int32s(table: number, field: number): number[] {
    const { at, length } = this.vector(table, field);
    return Array.from({ length }, (_, index) => this.view.getInt32(at + 4 * index, true));
  }

  float32s(table: number, field: number): number[] {
    const { at, length } = this.vector(table, field);
    return Array.from({ length }, (_, index) => this.view.getFloat32(at + 4 * index, true));
  }

  uint32(table: number, field: number): number {
    const slot = this.slot(table, field);
    return slot ? this.view.getUint32(slot, true) : 0;
  }

  /** The bytes of a string or of a vector of bytes. */
  blob(table: number, field: number): Uint8Array {
    const { at, length } = this.vector(table, field);
    return this.bytes.subarray(at, at + length);
  }

  text(table: number, field: number): string {
    return new TextDecoder().decode(this.blob(table, field));
  }

  /** Where the items of a vector stand, and how many there are. */
  protected vector(table: number, field: number): { at: number; length: number } {
    const start = this.table(table, field);
    return start ? { at: start + 4, length: this.view.getUint32(start, true) } : { at: 0, length: 0 };
  }
}

/**
 * Gives fields of a flatbuffer other vectors. New ones are put behind the old bytes, where the field then points; what it
 * pointed to before stays, unused, because another field may share it.
 */
export class FlatPatcher extends FlatReader {
  private used: number;

  constructor(bytes: Uint8Array) {
    super(bytes.slice());
    this.used = bytes.length;
  }

  /** The bytes as they are now. */
  done(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  putInt32s(table: number, field: number, values: readonly number[]): void {
    this.putVector(table, field, new Uint8Array(Int32Array.from(values).buffer), values.length);
  }

  putFloat32s(table: number, field: number, values: readonly number[]): void {
    this.putVector(table, field, new Uint8Array(Float32Array.from(values).buffer), values.length);
  }

  putBlob(table: number, field: number, data: Uint8Array): void {
    this.putVector(table, field, data, data.length);
  }

  private putVector(table: number, field: number, data: Uint8Array, length: number): void {
    const slot = this.slot(table, field);
    if (!slot) throw new RangeError(`field ${field} is left out in this table, so there is no place for its offset`);
    const at = Math.ceil((this.used + 4) / 16) * 16; // LiteRT wants the data of buffers at multiples of 16
    this.reserve(at + data.length);
    this.view.setUint32(at - 4, length, true);
    this.bytes.set(data, at);
    this.view.setUint32(slot, at - 4 - slot, true);
    this.used = at + data.length;
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, Math.ceil(this.bytes.length * 1.5)));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
