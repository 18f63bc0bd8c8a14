/** What every bucket's name is, in words. */
export const bucketNameRule =
  '3 to 63 lower-case letters, digits, hyphens and single dots, the first and the last a letter or digit, no IP address; or the ARN of an access point'

/** False for a name that no store can have a bucket of: asking for it would be repeated for ever. */
export function isBucketName(name: string): boolean {
  if (name.startsWith('arn:')) return true
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(\.\d+){3}$/.test(name)
}
