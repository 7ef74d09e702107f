// The nearest of the words there are, for "did you mean …".

/** The known word most like this one, or undefined when there is none at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Infinity
  for (const candidate of known) {
    const steps = distance(folded(word), folded(candidate))
    if (steps < least) {
      best = candidate
      least = steps
    }
  }
  return best
}

/** Whether two words are close enough to take one for a slip of the other. */
export function isSlip(word: string, candidate: string): boolean {
  return distance(folded(word), folded(candidate)) <= Math.max(1, Math.floor(candidate.length / 3))
}

function folded(word: string): string {
  return word.slice(0, 100).toLowerCase().replaceAll(/[-_ ]/g, "")
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance). */
function distance(a: string, b: string): number {
  let twoAbove: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let steps = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, at(twoAbove, j - 2) + 1)
      row.push(steps)
    }
    twoAbove = above
    above = row
  }
  return at(above, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
