/** What a TIMESTAMPTZ column may hold: from the year 1 to the end of the year 9999, as four digits write it. Epoch milliseconds. */
export const [earliestEpochMs, latestEpochMs] = [-62_135_596_800_000, 253_402_300_799_999]
