// Words and tables of the page.

/** Words as text, whatever is in them. */
export function text(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
}

/** @param rows cells as HTML; the last one of a row that is too short reaches to the end */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => (title === "" ? "<td></td>" : `<th scope="col">${text(title)}</th>`)).join("")
  const lines = rows.map((row) => {
    const missing = head.length - row.length
    const cells = row.map((cell, i) => {
      if (i === 0) return `<th scope="row">${cell}</th>`
      return missing > 0 && i === row.length - 1
        ? `<td class="rest" colspan="${String(missing + 1)}">${cell}</td>`
        : `<td>${cell}</td>`
    })
    return `<tr>${cells.join("")}</tr>`
  })
  return scrolled(`<table><thead><tr>${titles}</tr></thead><tbody>${lines.join("")}</tbody></table>`, "figures")
}

/** What is wider than its place is scrolled within it, by the keyboard as well. */
export function scrolled(html: string, what: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${text(what)}">${html}</div>`
}
