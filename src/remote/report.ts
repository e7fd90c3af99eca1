/**
 * What remote prints on descriptor 1: a report for each recipient that has its answer, one for the message, each ended by NUL. Its
 * readers are qmail-rspawn, and after it people and programs that know these sentences; both profiles have the same. Pure.
 * qmail-remote(8), REPORTS.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Profile } from '../../lib/control/registry.ts'
import type { Reply } from '../../lib/smtp/client-reply.ts'
import type { MessageResult, RecipientResult, Step } from '../../lib/smtp/client-outcome.ts'
import type { Candidates } from './candidates.ts'
import type { Ending } from './dialogue.ts'

/** Each begins with its letter and has no NUL in it. */
export interface Report {
  readonly recipients: readonly ByteString[]
  readonly message: ByteString
}

export function printed({ recipients, message }: Report): ByteString {
  return [...recipients, message].map((report) => `${report.replaceAll('\0', '?')}\0`).join('')
}

function only(message: ByteString): Report {
  return { recipients: [], message }
}

/** Before anything was tried. */
export const misused = only('DI (qmail-remote) was invoked improperly. (#5.3.5)\n')
export const noHome = only('ZUnable to switch to home directory. (#4.3.0)\n')
export const noControls = only('ZUnable to read control files. (#4.3.0)\n')
const unreadable = 'ZUnable to read message. (#4.3.0)\n'
export const noMessage = only(unreadable)
export const noResources = only('ZSystem resources temporarily unavailable. (#4.3.0)\n')
export const noConnection = only("ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n")

/** There is nobody to connect to. */
export function notFound(
  reason: Exclude<Candidates, { readonly is: 'found' }>['is'],
  host: ByteString,
): Report {
  const name = host.replace(/[^!-~]/g, '?')
  switch (reason) {
    case 'later':
      return only("ZSorry, I couldn't find any host by that name. (#4.1.2)\n")
    case 'nosuch':
      return only(`DSorry, I couldn't find any host named ${name}. (#5.1.2)\n`)
    case 'nowhere':
      return only("DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n")
    case 'nullmx':
      return only(`DSorry, the host named ${name} does not accept mail. (#5.1.10)\n`)
    case 'ambiguous':
      return only(
        "DSorry. Although I'm listed as a best-preference MX or A for that host,\n" +
          "it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)\n",
      )
  }
}

/** A relay of ours is not there: our configuration, so in profile modern nobody's mail bounces for it. */
export function relayNotFound(
  reason: Exclude<Candidates, { readonly is: 'found' }>['is'],
  relay: ByteString,
  profile: Profile,
): Report {
  return notFound(profile === 'modern' ? 'later' : reason, relay)
}

/** How the dialogue with the server at this address ended. */
export function ended({ recipients, message }: Ending, address: string): Report {
  return {
    recipients: recipients.map((result) => recipientReport(result, address)),
    message: message.is === 'unreadable' ? unreadable : messageReport(message, address),
  }
}

function recipientReport(result: RecipientResult, address: string): ByteString {
  switch (result.is) {
    case 'accepted':
      return 'r'
    case 'refused':
      return `${result.retry === 'never' ? 'h' : 's'}${address} does not like recipient.\n${said(result.reply)}`
    case 'unsendable':
      return 'hSorry, that address cannot be said in SMTP. (#5.1.3)\n'
  }
}

function messageReport(message: MessageResult, address: string): ByteString {
  switch (message.is) {
    case 'accepted':
      return `K${address} accepted message.\n${said(message.reply)}`
    case 'refused':
      return `${message.retry === 'never' ? 'D' : 'Z'}${refusal(message.at, address)}.\n${said(message.reply)}`
    case 'noRecipient':
      return `DGiving up on ${address}.\n`
    case 'unsendable':
      return 'DSorry, the sender address cannot be said in SMTP. (#5.1.7)\n'
    case 'partialLine':
      return 'DSMTP cannot transfer messages with partial final lines. (#5.6.2)\n'
    case 'died': {
      const duplicate = message.isPossibleDuplicate ? 'Possible duplicate! ' : ''
      return `ZConnected to ${address} but connection died. ${duplicate}(#4.4.2)\n`
    }
  }
}

function refusal(step: Step, address: string): string {
  switch (step) {
    case 'greeting':
      return `Connected to ${address} but greeting failed`
    case 'helo':
      return `Connected to ${address} but my name was rejected`
    case 'mail':
      return `Connected to ${address} but sender was rejected`
    case 'data':
      return `${address} failed on DATA command`
    case 'final':
      return `${address} failed after I sent the message`
  }
}

function said({ text }: Reply): ByteString {
  return text === '' ? '' : `Remote host said: ${text}`
}
