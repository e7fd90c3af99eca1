/** What the tests use of nodemailer's smtp-server, which brings no types. */
declare module 'smtp-server' {
  import type { Server } from 'node:net'
  import type { Readable } from 'node:stream'

  interface Envelope {
    readonly mailFrom: { readonly address: string } | false
    readonly rcptTo: readonly { readonly address: string }[]
  }

  interface Options {
    readonly disabledCommands?: readonly string[]
    readonly onData: (stream: Readable, session: { readonly envelope: Envelope }, done: () => void) => void
  }

  export class SMTPServer {
    constructor(options: Options)
    readonly server: Server
    listen(port: number, host: string): Server
    close(done: () => void): void
  }
}
