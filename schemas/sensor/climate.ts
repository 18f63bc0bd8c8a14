const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** Rooms are heated in turns, so that people can watch a wave. */
const heatingMs = 8 * minuteMs

/** Temperature in °C of a room at a time, without noise: its own mean, the time of day, and the heating. */
export function temperatureAt(room: number, ms: number): number {
  const mean = 19 + (room % 5)
  const day = 1.5 * Math.sin((2 * Math.PI * ms) / dayMs)
  const heating = (0.4 + 0.3 * (room % 4)) * Math.sin(2 * Math.PI * (ms / heatingMs + room * 0.37))
  return mean + day + heating
}

/** Relative humidity in percent: warmer air is drier. */
export function humidityAt(room: number, ms: number): number {
  return 65 - 1.2 * (temperatureAt(room, ms) - 15) + 2 * Math.sin((2 * Math.PI * ms) / (11 * minuteMs) + room)
}
