// The completion scripts. Commands and options are written into them; names, kinds and handlers are asked for while typing.

import type { CommandWords, Completes } from "./command.js"

/** A bash function that fills COMPREPLY; works in bash 3.2 and newer. */
export function bashCompletion(words: readonly CommandWords[]): string {
  return `# bash completion for troupe
_troupe_words() { "\${COMP_WORDS[0]}" \${global[@]+"\${global[@]}"} __complete "$@" 2>/dev/null; }

_troupe() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
${body(words, {
  count: "COMP_CWORD",
  first: 1,
  word: (index) => `\${COMP_WORDS[${index}]}`,
})}
  local IFS=$'\\n'
  COMPREPLY=( $(compgen -W "$offer" -- "$cur") )
}
complete -o default -F _troupe troupe`
}

/** A zsh function that calls compadd; to be evaluated after compinit. */
export function zshCompletion(words: readonly CommandWords[]): string {
  return `#compdef troupe
# zsh completion for troupe
_troupe_words() { "\${words[1]}" "\${global[@]}" __complete "$@" 2>/dev/null }

_troupe() {
  setopt localoptions sh_word_split ksh_glob
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}"
${body(words, {
  count: "CURRENT",
  first: 2,
  word: (index) => `\${words[${index}]}`,
})}
  if [[ -z "$offer" ]]; then _files; else compadd -- \${(f)offer}; fi
}
compdef _troupe troupe`
}

interface Shell {
  /** The variable with the index of the word under the cursor. */
  readonly count: string
  /** The index of the first word after the program's name. */
  readonly first: number
  readonly word: (index: string) => string
}

// One text for both shells: finds the command and how many arguments it has by now, then sets $offer, one word a line.
function body(words: readonly CommandWords[], shell: Shell): string {
  const program = words.find(({ name }) => name === "")
  const commands = words.filter(({ name }) => name !== "")
  const valued = words.flatMap(({ values }) => values.flatMap(({ flags }) => flags))
  const globals = (program?.values ?? []).flatMap(({ flags }) => flags)
  const choices = words.flatMap(({ values }) => values).filter((value) => value.choices.length > 0)
  return `  local offer="" command="" count=0 i=${String(shell.first)} actor=""
  local -a global
  global=()
  while [[ $i -lt $${shell.count} ]]; do
    local word="${shell.word("i")}"
    case "$word" in
      ${pattern(globals)}) global=("\${global[@]}" "$word" "${shell.word("i+1")}"); i=$((i+1)) ;;
      ${pattern(valued.filter((flag) => !globals.includes(flag)))}) i=$((i+1)) ;;
      -?*) ;;
      *) if [[ -z "$command" ]]; then command="$word"; else count=$((count+1)); [[ $count -eq 1 ]] && actor="$word"; fi ;;
    esac
    i=$((i+1))
  done
  case "$prev" in
${unique(choices.map((value) => `    ${pattern(value.flags)}) offer="${lines(value.choices)}" ;;`)).join("\n")}
    ${pattern(valued)}) return 0 ;;
    *)
      case "$command" in
        "") if [[ "$cur" == -* ]]; then offer="${lines(program?.flags ?? [])}"; else offer="${lines(commands.map(({ name }) => name))}"; fi ;;
${commands.map((command) => `        ${command.name}) ${offered(command, program)} ;;`).join("\n")}
      esac ;;
  esac`
}

function offered({ completes, flags }: CommandWords, program: CommandWords | undefined): string {
  const known = unique([...flags, ...(program?.flags ?? [])])
  const argument = completes.map((what, index) => `${String(index)}) ${askFor(what)} ;;`).join(" ")
  const arguments_ = argument === "" ? ":" : `case $count in ${argument} esac`
  return `if [[ "$cur" == -* ]]; then offer="${lines(known)}"; else ${arguments_}; fi`
}

function askFor(what: Completes): string {
  switch (what) {
    case "name":
      return 'offer="$(_troupe_words names)"'
    case "kind":
      return 'offer="$(_troupe_words kinds)"'
    case "handler":
      return 'offer="$(_troupe_words handlers "$actor")"'
    case "example":
      return 'offer="$(_troupe_words examples)"'
    case "shell":
      return `offer="${lines(["bash", "zsh"])}"`
    case "nothing":
      return ":"
  }
}

function pattern(flags: readonly string[]): string {
  return unique(flags).join("|") || "--"
}

function lines(words: readonly string[]): string {
  return words.join("\n")
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}
