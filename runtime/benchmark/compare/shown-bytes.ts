/** `64 B`, `4 KiB`, `1.5 MiB`. */
export function shownBytes(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`
  const [amount, unit] = bytes < 2 ** 20 ? [bytes / 1024, "KiB"] : [bytes / 2 ** 20, "MiB"]
  return `${String(Math.round(amount * 10) / 10)} ${unit}`
}
