/**
 * A fresh reference for a message: 128 random bits. crypto.randomUUID is not used because the page may be
 * served over plain http on a LAN, where it does not exist.
 */
export function newRef(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}
