/** The rule for names of buckets, in words. */
export const bucketNameRule =
  '3 to 63 lower-case letters, digits, hyphens and single dots, the first and the last a letter or digit, no IP address; or the ARN of an access point'

/** Returns false for a name that no bucket can have. Asking a store for it would be repeated for ever. */
export function isBucketName(name: string): boolean {
  if (name.startsWith('arn:')) return true
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(\.\d+){3}$/.test(name)
}
