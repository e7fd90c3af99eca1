/**
 * Every departure, one after the other, in the queue of one home: fsck names it, --repair mends it, and the next fsck finds nothing. As
 * root the home has walls; otherwise what needs other owners is skipped.
 */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { after, describe, test, type TestContext } from 'node:test'
import { type MessageNumber, messPath, splitOf } from '../../../../../lib/queue/paths.ts'
import { Disk } from '../../../../../src/jsmail/fsck/disk.ts'
import { makeTestHome, type TestHome } from '../../../../helpers/home.ts'
import { jsmail, type Said } from '../../../../helpers/jsmail.ts'
import { withoutRoot } from '../../../../helpers/peers.ts'
import { QueueFiles } from '../../../../helpers/queue-files.ts'

const cleanup: (() => void)[] = []
after(() => cleanup.forEach((act) => act()))

const makeOne = (): TestHome =>
  makeTestHome({ after: (act: () => void) => cleanup.push(act) } as unknown as TestContext)
let home = makeOne()
let files = new QueueFiles(home)
/** A case that fails must not spoil the next one. */
let isSpoilt = false

const fsck = (...options: string[]): Promise<Said> => jsmail(home.home, ['fsck', ...options])
const CLEAN = 'The queue is as it has to be.\n'

/** Empty queue, nothing lost. */
function empty(): void {
  if (isSpoilt) {
    home = makeOne()
    files = new QueueFiles(home)
    isSpoilt = false
  }
  for (const directory of ['mess', 'info', 'local', 'remote', 'intd', 'todo', 'bounce'])
    for (const entry of readdirSync(files.path(directory), { recursive: true, withFileTypes: true }))
      if (!entry.isDirectory()) unlinkSync(`${entry.parentPath}/${entry.name}`)
  rmSync(files.path('lost'), { recursive: true, force: true })
}

interface Case {
  /** Makes it; returns the lines that fsck has to say, in their order. */
  readonly make: () => readonly string[]
  /** What has to be true after the repair. */
  readonly afterwards?: () => void
}

async function prove({ make, afterwards }: Case): Promise<void> {
  empty()
  isSpoilt = true
  const expected = make()
  const named = await fsck()
  assert.deepEqual([named.code, named.err], [1, ''], named.out)
  const lines = named.out.trimEnd().split('\n')
  assert.deepEqual(lines.slice(0, -1), expected)
  assert.equal(lines.at(-1), `${expected.length} left; jsmail fsck --repair mends what it can`)
  const repaired = await fsck('--repair')
  assert.deepEqual([repaired.code, repaired.err], [0, ''], repaired.out)
  assert.match(repaired.out, /\d+ mended\n$/)
  afterwards?.()
  const again = await fsck()
  assert.deepEqual([again.code, again.out], [0, CLEAN])
  isSpoilt = false
}

const lost = (): string[] => (files.exists('lost') ? readdirSync(files.path('lost')).sort() : [])
const at = (kind: string, number: MessageNumber): string => `${kind}/${splitOf(number)}/${number}`
const S4 = { todo: 'u5\0p6\0Fs@d\0Ta@b\0' }
const S5 = { info: 'Fs@d\0', remote: 'Ta@b\0' }

test('a fresh home is as it has to be, and so is every state of a message', async () => {
  empty()
  files.message({})
  files.message({ intd: 'u5\0p6' })
  files.message(S4)
  files.message({ ...S4, intd: S4.todo })
  files.message({ ...S4, info: 'F', local: 'T', remote: 'X' })
  files.message({ info: 'F\0' })
  files.message({ ...S5, local: 'Da@b\0', bounce: '<a@b>:\nno\n\n' })
  const { code, out } = await fsck()
  assert.deepEqual([code, out], [0, CLEAN])
  assert.deepEqual((await fsck('--repair')).out, CLEAN)
})

describe('the tree', () => {
  const directories =
    'pid intd todo bounce lock mess mess/0 info info/22 local local/7 remote remote/11'.split(' ')
  for (const path of directories) {
    test(`${path} is missing`, () =>
      prove({
        make: () => {
          rmSync(files.path(path), { recursive: true })
          const inner = ['mess', 'info', 'local', 'remote'].includes(path)
            ? Array.from({ length: 23 }, (_, split) => `${path}/${split}: missing`)
            : path === 'lock'
              ? ['sendmutex', 'trigger', 'tcpto'].map((name) => `lock/${name}: missing`)
              : []
          return [`${path}: missing`, ...inner]
        },
      }))
  }

  test('mutex, trigger and tcpto are missing', () =>
    prove({
      make: () => {
        for (const name of ['sendmutex', 'trigger', 'tcpto']) rmSync(files.path(`lock/${name}`))
        return ['lock/sendmutex: missing', 'lock/trigger: missing', 'lock/tcpto: missing']
      },
      afterwards: () => {
        assert.equal(lstatSync(files.path('lock/trigger')).isFIFO(), true)
        assert.equal(files.read('lock/tcpto'), '\0'.repeat(1024))
      },
    }))

  test('a file stands where the FIFO has to be, and a directory where the mutex', () =>
    prove({
      make: () => {
        for (const name of ['sendmutex', 'trigger']) rmSync(files.path(`lock/${name}`))
        mkdirSync(files.path('lock/sendmutex'))
        files.write('lock/trigger', 'x')
        return ['lock/sendmutex: no file', 'lock/trigger: no FIFO']
      },
      afterwards: () => assert.deepEqual(lost(), ['lock.sendmutex', 'lock.trigger']),
    }))

  test('a file stands where a directory has to be', () =>
    prove({
      make: () => {
        rmSync(files.path('bounce'), { recursive: true })
        files.write('bounce', 'x')
        return ['bounce: no directory']
      },
      afterwards: () => assert.deepEqual(lost(), ['bounce']),
    }))

  test('a message of a queue that was not split has the number of a split', () =>
    prove({
      make: () => {
        rmSync(files.path('info/3'), { recursive: true })
        files.write('info/3', 'Fs@d\0')
        return ['info/3: no directory', 'info/3: belongs at info/3/3', '3: info without a text']
      },
      afterwards: () => assert.equal(files.read('lost/info.3.3'), 'Fs@d\0'),
    }))

  test('tcpto has another length', () =>
    prove({
      make: () => {
        truncateSync(files.path('lock/tcpto'), 1000)
        return ['lock/tcpto: 1000 bytes long, not 1024']
      },
    }))

  test('modes are wrong', () => {
    const modes = {
      '.': 0o755,
      pid: 0o750,
      'mess/5': 0o700,
      bounce: 0o711,
      'lock/sendmutex': 0o644,
      'lock/trigger': 0o600,
      'lock/tcpto': 0o600,
      '../alias': 0o755,
      '../control': 0o700,
    }
    const { qmailq, qmails, qmailr, alias, qmail, self } = home.accounts
    const owners = [qmailq, qmailq, qmails, qmailq, qmails, qmails, qmailr, alias, self]
    const right = ['0750', '0700', '0700', '0750', '0600', '0622', '0644', '2755', '0755']
    const order = [
      '.',
      'pid',
      'bounce',
      'mess/5',
      'lock/sendmutex',
      'lock/trigger',
      'lock/tcpto',
      '../alias',
      '../control',
    ]
    return prove({
      make: () => {
        for (const [path, mode] of Object.entries(modes)) chmodSync(files.path(path), mode)
        return order.map((path, index) => {
          const owner = `${owners[index]?.uid}:${qmail}`
          const wrong = modes[path as keyof typeof modes].toString(8).padStart(4, '0')
          return `${path}: ${owner} ${wrong}, not ${owner} ${right[index]}`
        })
      },
      afterwards: () => assert.equal(statSync(files.path('../alias')).mode & 0o7777, 0o2755),
    })
  })

  test('a mode that lets nobody look', () => {
    const { qmails, qmailq, qmail } = home.accounts
    let number = ''
    return prove({
      make: () => {
        number = files.message(S5)
        chmodSync(files.path('lock/trigger'), 0)
        chmodSync(files.path(at('mess', number)), 0)
        return [
          `lock/trigger: ${qmails.uid}:${qmail} 0000, not ${qmails.uid}:${qmail} 0622`,
          `${at('mess', number)}: ${qmailq.uid}:${qmail} 0000, not ${qmailq.uid}:${qmail} 0644`,
        ]
      },
    })
  })

  test('owners are wrong', { skip: withoutRoot() }, () => {
    const { qmailq, qmails, qmail } = home.accounts
    return prove({
      make: () => {
        chownSync(files.path('mess/5'), 0, 0)
        chownSync(files.path('lock/trigger'), qmails.uid, 0)
        const number = files.message(S5)
        chownSync(files.path(at('mess', number)), qmails.uid, 5)
        chownSync(files.path(at('info', number)), 0, 0)
        chmodSync(files.path(at('remote', number)), 0o644)
        const waiting = files.message(S4)
        chownSync(files.path(`todo/${waiting}`), 0, 0)
        return [
          `mess/5: 0:0 0750, not ${qmailq.uid}:${qmail} 0750`,
          `lock/trigger: ${qmails.uid}:0 0622, not ${qmails.uid}:${qmail} 0622`,
          `${at('mess', number)}: ${qmails.uid}:5 0644, not ${qmailq.uid}:5 0644`,
          `intd/${waiting}: 0:0 0644, not ${qmailq.uid}:0 0644`,
          `todo/${waiting}: 0:0 0644, not ${qmailq.uid}:0 0644`,
          `${at('info', number)}: 0:0 0600, not ${qmails.uid}:${qmail} 0600`,
          `${at('remote', number)}: ${qmails.uid}:${qmail} 0644, not ${qmails.uid}:${qmail} 0600`,
        ]
      },
    })
  })
})

describe('places', () => {
  test('a queue that was not split', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message({ ...S5, local: 'Tc@d\0' })
        const kinds = ['mess', 'info', 'local', 'remote']
        for (const kind of kinds) renameSync(files.path(at(kind, number)), files.path(`${kind}/${number}`))
        return kinds.map((kind) => `${kind}/${number}: belongs at ${at(kind, number)}`)
      },
      afterwards: () => {
        assert.equal(files.read(at('info', number)), 'Fs@d\0')
        assert.equal(files.exists(at('mess', number)), true)
      },
    })
  })

  test('another split, and the directories of one that was larger', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message(S5)
        const wrong = `mess/${(splitOf(number) + 1) % 23}/${number}`
        renameSync(files.path(at('mess', number)), files.path(wrong))
        mkdirSync(files.path('info/30'))
        renameSync(files.path(at('info', number)), files.path(`info/30/${number}`))
        return [
          `${wrong}: belongs at ${at('mess', number)}`,
          `info/30/${number}: belongs at ${at('info', number)}`,
          'info/30: no directory of the queue',
        ]
      },
      afterwards: () => assert.equal(files.exists('info/30'), false),
    })
  })

  test('todo and intd that were split', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message(S4)
        for (const kind of ['intd', 'todo']) {
          mkdirSync(files.path(`${kind}/4`))
          renameSync(files.path(`${kind}/${number}`), files.path(`${kind}/4/${number}`))
        }
        return ['intd', 'todo'].flatMap((kind) => [
          `${kind}/4/${number}: belongs at ${kind}/${number}`,
          `${kind}/4: no directory of the queue`,
        ])
      },
      afterwards: () => assert.equal(files.read(`todo/${number}`), S4.todo),
    })
  })

  test('two files of one number: the text whose inode it is, and what lies right', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message(S5)
        renameSync(files.path(at('mess', number)), files.path(`mess/${number}`))
        files.write(at('mess', number), 'another text')
        files.write(`info/${number}`, 'Fanother@x\0')
        const wrong = files.inode(at('mess', number))
        return [
          `mess/${number}: belongs at ${at('mess', number)}, which is there too`,
          `info/${number}: belongs at ${at('info', number)}, which is there too`,
          `${at('mess', number)}: its inode number is ${wrong}`,
        ]
      },
      afterwards: () => {
        assert.equal(files.read(at('mess', number)), 'Subject: t\n\nbody\n')
        assert.equal(files.read(at('info', number)), 'Fs@d\0')
        assert.deepEqual(lost(), [`info.${number}`, `mess.${splitOf(number)}.${number}`])
      },
    })
  })

  test('what is no file', () =>
    prove({
      make: () => {
        symlinkSync('/etc/passwd', files.path('info/8/77'))
        mkdirSync(files.path('local/8/77'))
        return ['info/8/77: no file', 'local/8/77: no file']
      },
      afterwards: () => assert.deepEqual(lost(), ['info.8.77', 'local.8.77']),
    }))

  test('names that are nobody’s are noted, and left', async () => {
    empty()
    files.write('todo/core', '')
    files.write('mess/3/17.bak', '')
    files.write('info/notes', '')
    const expected = 'mess/3/17.bak todo/core info/notes'
      .split(' ')
      .map((path) => `note: ${path}: belongs to nobody\n`)
      .join('')
    for (const options of [[], ['--repair']]) {
      const { code, out } = await fsck(...options)
      assert.deepEqual([code, out], [0, `${expected}${CLEAN}`])
    }
  })

  test('a directory that is not empty stays, and is told', async () => {
    empty()
    mkdirSync(files.path('info/30'))
    files.write('info/30/notes', '')
    const { code, out } = await fsck('--repair')
    assert.equal(code, 111)
    assert.match(out, /^info\/30: no directory of the queue: cannot be mended: not empty\n/)
    rmSync(files.path('info/30'), { recursive: true })
  })
})

describe('numbers', () => {
  test('a text whose name is not its inode takes its files along', () => {
    let inode = ''
    return prove({
      make: () => {
        inode = files.message({ ...S5, local: 'Tc@d\0', bounce: 'x' })
        const wrong = String(Number(inode) + 1_000_003)
        for (const kind of ['mess', 'info', 'local', 'remote'])
          renameSync(files.path(at(kind, inode)), files.path(at(kind, wrong)))
        renameSync(files.path(`bounce/${inode}`), files.path(`bounce/${wrong}`))
        return [`${at('mess', wrong)}: its inode number is ${inode}`]
      },
      afterwards: () => {
        assert.deepEqual(
          [at('info', inode), at('local', inode), at('remote', inode), `bounce/${inode}`].map((path) =>
            files.read(path),
          ),
          ['Fs@d\0', 'Tc@d\0', 'Ta@b\0', 'x'],
        )
        assert.equal(files.inode(at('mess', inode)), inode)
      },
    })
  })

  test('a second name of a text goes if nobody waits for it, and gets a text of its own if somebody does', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message(S5)
        linkSync(files.path(at('mess', number)), files.path('mess/8/77'))
        linkSync(files.path(at('mess', number)), files.path('mess/9/78'))
        files.write('info/9/78', 'Fother@x\0')
        const same = (path: string): string => `${path}: the same file as ${at('mess', number)}`
        return [same('mess/8/77'), same('mess/9/78')]
      },
      afterwards: () => {
        const others = readdirSync(files.path('info'), { recursive: true, encoding: 'utf8' }).filter(
          (path) => /\/\d+$/.test(path) && !path.endsWith(`/${number}`),
        )
        assert.equal(others.length, 1)
        assert.equal(files.read(`info/${others[0]}`), 'Fother@x\0')
        assert.equal(files.inode(`mess/${others[0]}`), others[0]?.split('/')[1])
        assert.equal(files.read(`mess/${others[0]}`), files.read(at('mess', number)))
      },
    })
  })

  test('what bears the number of a text without being its message is lost first', () => {
    let inode = ''
    return prove({
      make: () => {
        inode = files.message({ info: 'Fstray@x\0' })
        const wrong = String(Number(inode) + 1_000_003)
        renameSync(files.path(at('mess', inode)), files.path(at('mess', wrong)))
        files.write(at('info', wrong), 'Fs@d\0')
        files.write(at('local', wrong), 'Ta@b\0')
        return [`${at('mess', wrong)}: its inode number is ${inode}`, `${inode}: info without a text`]
      },
      afterwards: () => {
        assert.equal(files.read(at('info', inode)), 'Fs@d\0')
        assert.equal(files.read(at('local', inode)), 'Ta@b\0')
        assert.deepEqual(lost(), [`info.${splitOf(inode)}.${inode}`])
      },
    })
  })
})

describe('states', () => {
  test('files without a text', () =>
    prove({
      make: () => {
        files.write('todo/77', S4.todo)
        files.write('info/9/78', 'Fs@d\0')
        files.write('remote/9/78', 'Ta@b\0')
        files.write('bounce/79', 'x')
        files.write('intd/80', 'x')
        return [
          '80: intd without a text',
          '77: todo without a text',
          '78: info, remote without a text',
          '79: bounce without a text',
        ]
      },
      afterwards: () =>
        assert.deepEqual(lost(), ['bounce.79', 'info.9.78', 'intd.80', 'remote.9.78', 'todo.77']),
    }))

  test('a bounce of a message that waits in todo', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message({ ...S4, bounce: 'x' })
        return [`${number}: a bounce of a message that waits in todo`]
      },
      afterwards: () => {
        assert.equal(files.read(`todo/${number}`), S4.todo)
        assert.deepEqual(lost(), [`bounce.${number}`])
      },
    })
  })

  test('an envelope of a message that was taken up', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message({ ...S5, intd: S4.todo })
        return [`${number}: an envelope of a message that was taken up`]
      },
      afterwards: () => assert.deepEqual(lost(), [`intd.${number}`]),
    })
  })

  test('recipients without info or todo: by the envelope where it is whole', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message({ intd: S4.todo, local: 'Ta@b\0', bounce: 'x' })
        return [`${number}: intd, local, bounce without info or todo`]
      },
      afterwards: () => {
        assert.equal(files.inode(`todo/${number}`), files.inode(`intd/${number}`))
        assert.deepEqual(lost(), [`bounce.${number}`])
      },
    })
  })

  for (const envelope of [undefined, 'u5\0p6\0Fs@d\0Ta@', 'u5\0p6\0Ta@b\0', 'u5\0Fs@d\0Xa@b\0'])
    test(`recipients without info or todo, and the envelope ${JSON.stringify(envelope)}`, () => {
      let number = ''
      return prove({
        make: () => {
          number = files.message({ ...(envelope === undefined ? {} : { intd: envelope }), remote: 'Ta@b\0' })
          utimesSync(files.path(messPath(number)), 1_600_000_000, 1_600_000_000)
          return [`${number}: ${envelope === undefined ? '' : 'intd, '}remote without info or todo`]
        },
        afterwards: () => {
          assert.equal(files.read(at('info', number)), 'F\0')
          assert.equal(statSync(files.path(at('info', number))).mtimeMs, 1_600_000_000_000)
          assert.equal(files.read(at('remote', number)), 'Ta@b\0')
        },
      })
    })
})

describe('contents', () => {
  for (const content of ['', 'no sender\0', 'Fs@d'])
    test(`info is ${JSON.stringify(content)}`, () => {
      let number = ''
      return prove({
        make: () => {
          number = files.message({ info: content, remote: 'Ta@b\0' })
          utimesSync(files.path(at('info', number)), 1_600_000_000, 1_600_000_000)
          return [`${at('info', number)}: names no sender`]
        },
        afterwards: () => {
          assert.equal(files.read(at('info', number)), 'F\0')
          assert.equal(statSync(files.path(at('info', number))).mtimeMs, 1_600_000_000_000)
          assert.equal(files.read(`lost/info.${splitOf(number)}.${number}`), content)
        },
      })
    })

  test('channel files with records that are none', () => {
    let number = ''
    return prove({
      make: () => {
        number = files.message({ info: 'Fs@d\0', local: 'Ta@b\0Xc@d\0torn', remote: '\0\0\0' })
        return [
          `${at('local', number)}: a record at 5 that is no recipient, 4 bytes at its end that are no recipient`,
          `${at('remote', number)}: 3 bytes at its end that are no recipient`,
        ]
      },
      afterwards: () => {
        assert.equal(files.read(at('local', number)), 'Ta@b\0Tc@d\0')
        assert.equal(files.read(`lost/local.${splitOf(number)}.${number}`), 'Ta@b\0Xc@d\0torn')
      },
    })
  })

  test('what only a person can decide stays a question, and the rest is mended', async () => {
    empty()
    const unknown = files.message({ todo: 'u5\0p6\0Fs@d\0Xa@b\0' })
    const held = files.message({ todo: 'u5\0p6\0Fs@d\0p;!2 x\0Ta@b\0' })
    const senderless = files.message({ todo: 'u5\0p6\0Ta@b\0' })
    const zero = files.message({ info: 'Fs@d\0', local: 'Ta@b\0\0Tc@d\0' })
    files.write('bounce/79', 'x')
    const before = [unknown, held, senderless].map((number) => files.read(`todo/${number}`))
    const { code, out } = await fsck('--repair')
    assert.equal(code, 1)
    for (const line of [
      `question: todo/${unknown}: has a record that send does not know, and waits for ever`,
      `question: todo/${held}: has a record that send does not know, and waits for ever`,
      `question: todo/${senderless}: has no sender, and cannot be delivered`,
      `question: ${at('local', zero)}: 1 bytes at 5 that are no recipient`,
      '79: bounce without a text: moved to lost',
      '1 mended, 4 left',
    ])
      assert.ok(out.includes(`${line}\n`), `${line}\n${out}`)
    assert.deepEqual(
      [unknown, held, senderless].map((number) => files.read(`todo/${number}`)),
      before,
    )
  })
})

describe('links that somebody has laid', () => {
  const kept = { owner: 'nobody else', mode: 0o600 }
  function victim(): string {
    const path = `${home.home}/victim`
    rmSync(path, { force: true })
    writeFileSync(path, kept.owner, { mode: kept.mode })
    return path
  }

  test('nothing is written, given away or copied through one', async () => {
    empty()
    const path = victim()
    const number = files.message({ info: '', local: 'Xa@b\0', remote: 'Ta@b\0' })
    const other = files.message({ info: 'Fs@d\0' })
    chmodSync(files.path(at('mess', number)), 0o600)
    symlinkSync(path, files.path(`${at('info', number)}.new`))
    symlinkSync(path, files.path(at('local', other)))
    symlinkSync(path, files.path('lock/tcpto.new'))
    rmSync(files.path('lock/tcpto'))
    const { code } = await fsck('--repair')
    assert.equal(code, 0)
    assert.deepEqual([readFileSync(path, 'latin1'), statSync(path).mode & 0o777], [kept.owner, kept.mode])
    assert.equal(files.read(at('info', number)), 'F\0')
    assert.equal(lstatSync(files.path('lock/tcpto')).isFile(), true)
    assert.deepEqual(
      lost(),
      [
        `info.${splitOf(number)}.${number}`,
        `local.${splitOf(number)}.${number}`,
        `local.${splitOf(other)}.${other}`,
      ].sort(),
    )
  })

  test('not even one that comes between two looks', () => {
    const path = victim()
    symlinkSync(path, files.path('info/link'))
    const disk = new Disk(files.path('.'))
    const attempts: readonly (() => void)[] = [
      () => disk.own('info/link', home.accounts.self, 0o666),
      () => disk.copy('info/link', 'info/copy'),
      () => disk.change('info/link', () => {}),
      () => [...disk.chunks('info/link')],
    ]
    for (const attempt of attempts) assert.throws(attempt, { code: 'ELOOP' })
    symlinkSync(path, files.path('info/copy'))
    assert.throws(() => disk.copy('lock/tcpto', 'info/copy'), { code: 'EEXIST' })
    assert.equal(statSync(path).mode & 0o777, kept.mode)
    for (const name of ['link', 'copy']) unlinkSync(files.path(`info/${name}`))
  })
})

describe('what is lost', () => {
  test('keeps its content, and a name that was taken gets a number', async () => {
    empty()
    for (const content of ['first', 'second', 'third']) {
      files.write('bounce/79', content)
      assert.equal((await fsck('--repair')).code, 0)
    }
    assert.deepEqual(lost(), ['bounce.79', 'bounce.79.2', 'bounce.79.3'])
    assert.equal(files.read('lost/bounce.79.2'), 'second')
    assert.equal(statSync(files.path('lost')).mode & 0o777, 0o700)
    assert.equal(existsSync(files.path('bounce/79')), false)
  })
})

test('a place that is no home is left alone', async () => {
  const { code, out, err } = await jsmail(home.home, ['fsck', '--repair'], {
    place: () => ({
      home: new Disk(`${home.home}/mail`),
      queue: new Disk(`${home.home}/mail/queue`),
      ids: home.accounts,
      self: home.accounts.self,
    }),
  })
  assert.deepEqual([code, out], [111, ''])
  assert.match(err, /this is no home\n$/)
  assert.equal(existsSync(`${home.home}/mail/queue`), false)
})
