/**
 * A TypeScript source as the import rules look at it: its code with comments and the contents of literals blanked out (same
 * length, same lines), its imports, and its statements at the top level. Called by rules.ts. It is a scanner and no parser: it
 * relies on the sources being formatted by oxfmt, so that a statement of the top level begins in column one.
 */

export interface Import {
  readonly from: string
  readonly line: number
  /** Erased before anything runs: `import type ... from`. */
  readonly typeOnly: boolean
}

export interface Statement {
  readonly line: number
  readonly code: string
}

export interface Source {
  readonly path: string
  readonly code: string
  readonly imports: readonly Import[]
  readonly statements: readonly Statement[]
}

export function scan(path: string, text: string): Source {
  const code = blank(text)
  return { path, code, imports: importsOf(text, code), statements: statementsOf(code) }
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function importsOf(text: string, code: string): readonly Import[] {
  return [...code.matchAll(/\b(from\s*|import\s*\(\s*|import\s+)(['"])/g)].map((match) => {
    const open = match.index + match[0].length
    const isStatic = match[1]?.startsWith('from') ?? false
    return {
      from: text.slice(open, code.indexOf(match[2] ?? '', open)),
      line: lineOf(text, match.index),
      typeOnly: isStatic && /^(import|export)\s+type\b/.test(headOf(code, match.index)),
    }
  })
}

/** From the `import` or `export` in column one that the `from` at this offset belongs to. */
function headOf(code: string, offset: number): string {
  const before = code.slice(0, offset)
  const start = Math.max(before.lastIndexOf('\nimport') + 1, before.lastIndexOf('\nexport') + 1)
  return before.slice(start)
}

/** Each statement of the top level begins where a line begins with something that cannot continue the line before it. */
function statementsOf(code: string): readonly Statement[] {
  const statements: { line: number; code: string }[] = []
  for (const [index, line] of code.split('\n').entries()) {
    const last = statements.at(-1)
    if (/^[^\s)\]}|&?:.`]/.test(line)) statements.push({ line: index + 1, code: line })
    else if (last !== undefined) last.code += `\n${line}`
  }
  return statements
}

type Mode = { readonly is: 'code' | 'template'; braces: number }

/** The text with comments and the contents of strings, templates and regular expressions as spaces. */
export function blank(text: string): string {
  const out = text.split('')
  const modes: Mode[] = [{ is: 'code', braces: 0 }]
  let at = 0
  const wipe = (end: number): void => {
    for (; at < end; at += 1) if (out[at] !== '\n') out[at] = ' '
  }
  while (at < text.length) {
    const mode = modes.at(-1) ?? { is: 'code', braces: 0 }
    if (mode.is === 'template') {
      const end = endOfTemplatePart(text, at)
      wipe(end)
      if (text[at] === '`') modes.pop()
      else modes.push({ is: 'code', braces: 0 })
      at += text[at] === '`' ? 1 : 2
      continue
    }
    const rest = text.slice(at, at + 2)
    if (rest === '//') wipe(endOr(text.indexOf('\n', at), text))
    else if (rest === '/*') wipe(endOr(text.indexOf('*/', at), text, 2))
    else if (text[at] === "'" || text[at] === '"') {
      const end = endOfQuoted(text, at + 1, text[at] ?? '')
      at += 1
      wipe(end)
      at += 1
    } else if (text[at] === '`') {
      modes.push({ is: 'template', braces: 0 })
      at += 1
    } else if (text[at] === '/' && beginsRegex(out.slice(Math.max(0, at - 40), at).join(''))) {
      const end = endOfRegex(text, at + 1)
      at += 1
      wipe(end)
      at += 1
    } else {
      if (text[at] === '{') mode.braces += 1
      if (text[at] === '}') {
        mode.braces -= 1
        if (mode.braces < 0 && modes.length > 1) modes.pop()
      }
      at += 1
    }
  }
  return out.join('')
}

function endOr(found: number, text: string, beyond = 0): number {
  return found === -1 ? text.length : found + beyond
}

function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
  return at
}

/** At the closing backquote or at the dollar of `${`. */
function endOfTemplatePart(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '`' && text.slice(at, at + 2) !== '${') {
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

function endOfRegex(text: string, from: number): number {
  let inClass = false
  let at = from
  for (; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) break
  }
  return at
}

/** A slash divides after a value and begins a regular expression elsewhere. */
function beginsRegex(before: string): boolean {
  return /(^|[=(,:;!&|?{}[+*%<>~^-]|\breturn|\btypeof|\bcase|=>)\s*$/.test(before)
}
