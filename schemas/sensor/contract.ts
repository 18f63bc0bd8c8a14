import { z } from 'zod'

/**
 * What a room sensor measured. A spike is a reading too. Only values that no thermometer shows are refused, by their
 * type.
 */
export const Reading = z.object({
  sensor_id: z.string(),
  room: z.string(),
  temperature_c: z.number(),
  humidity: z.number().nullish(),
  ts: z.int().min(0).max(253_402_300_799_999),
  seq: z.int().min(0),
})
