const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const

/** `64 B`, `4 KiB`, `1.5 MiB`. */
export function shownBytes(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10))
  return `${String(Math.round((bytes / 1024 ** power) * 10) / 10)} ${UNITS[power - 1] ?? ""}`
}
