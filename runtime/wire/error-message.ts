// withoutPaths — an error's message without the places of one machine (promise M9).

const URL_LIKE = String.raw`\b(?!file:)[A-Za-z][A-Za-z0-9+.-]*://\S+`
const FILE_URL = String.raw`\bfile://[^\s'"\`<>|)\]},;]+`
const QUOTED_PATH = String.raw`(?<=['"\`])(?:/|[A-Za-z]:[\\/]|\\\\)[^'"\`\n]+(?=['"\`])`
const WINDOWS_PATH = String.raw`(?<![A-Za-z0-9])[A-Za-z]:[\\/][^\s'"\`<>|*?()\[\]{},;:]*|(?<![\w\\])\\\\[^\s'"\`<>|*?()\[\]{},;:]+`
const POSIX_PATH = String.raw`(?<![\w.~/)\]-])(?:/[^\s'"\`<>|*?()\[\]{},;:\\/]+)+/?`
const PATHS = new RegExp([URL_LIKE, FILE_URL, QUOTED_PATH, WINDOWS_PATH, POSIX_PATH].join("|"), "g")
const OTHER_URL = /^(?!file:)[A-Za-z][A-Za-z0-9+.-]+:\/\//

/**
 * The text with every absolute path (POSIX, Windows, UNC) and every `file://` URL cut down to its last part: `/home/ada/a.js:3` becomes
 * `a.js:3`. Other URLs stay. An unquoted path ends at a blank.
 */
export function withoutPaths(text: string): string {
  if (!text.includes("/") && !text.includes("\\")) return text
  return text.replace(PATHS, (found) => (OTHER_URL.test(found) ? found : lastPart(found)))
}

function lastPart(path: string): string {
  const parts = path.split(/[\\/]+/).filter((part) => part !== "" && part !== "file:" && !/^[A-Za-z]:$/.test(part))
  return parts.at(-1) ?? "(a path)"
}
