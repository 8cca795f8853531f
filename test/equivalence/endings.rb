# frozen_string_literal: true

# How a program can end: statuses, exceptions, signals from inside and outside, other programs.
#
# A table of EquivalenceTest.
require_relative "program_start"

module Endings
  READY = "puts 'ready'\n$stdout.flush\n"
  # Another thread says it once this one sleeps: the backtrace of what ends it is always the same.
  SLEEPING = "main = Thread.current\nThread.new do\n  Thread.pass until main.stop?\n" \
             "  $stdout.syswrite(\"ready\\n\")\nend\nsleep"
  LATE = "at_exit { puts 'late'; x = 1 }\n"

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  # It waits for the signal, which never fails to come.
  def self.hit(name, signal, text, **fields)
    ProgramStart.of(name, text.sub("WAIT", SLEEPING), signal: signal, **fields)
  end

  STATUSES = [
    of("normal", "#{LATE}puts 1\n"),
    of("exit 3", "#{LATE}exit 3\n"),
    of("exit 256", "exit 256 + 7\n"),
    of("exit false", "exit(false)\n"),
    of("exit!", "#{LATE}print 1\nexit!(4)\n"),
    of("exit! after flush", "puts 1\n$stdout.flush\nProcess.exit!\n"),
    of("abort", "#{LATE}abort 'bye'\n"),
    of("abort with an error", "begin\n  raise 'x'\nrescue\n  abort\nend\n"),
    of("raise SystemExit", "raise SystemExit.new(5, 'm')\n"),
    of("rescued exit", "begin\n  exit 1\nrescue SystemExit => e\n  p e.status\nend\n"),
    of("exit in at_exit", "at_exit { exit 7 }\nat_exit { puts 1; raise 'x' }\nexit 2\n"),
    of("exit in a thread", "Thread.new { exit 6 }.join\nputs 'never'\n"),
    of("exit in a fiber", "Fiber.new { exit 6 }.resume\nputs 'never'\n"),
    of("exit in ensure", "begin\n  raise 'x'\nensure\n  exit 9\nend\n"),
    of("exit in a trap", "trap('EXIT') { puts 'last' }\ntrap('USR1') { exit 8 }\n" \
                         "Process.kill('USR1', $$)\nsleep\n"),
    of("at_exit in at_exit", "at_exit { puts 1; at_exit { puts 2; abort 'x' } }\n"),
    of("threads are left", "t = Thread.new { begin; Thread.stop; ensure; puts 'ensured'; end }\n" \
                           "Thread.pass until t.stop?\nputs 1\n"),
    of("finalizer", "o = Object.new\nObjectSpace.define_finalizer(o, proc { puts 'gone' })\n" \
                    "puts 1\n")
  ].freeze

  EXCEPTIONS = [
    of("uncaught", "def a\n  raise ArgumentError, \"two\\nlines\"\nend\na\n"),
    of("uncaught with a cause", "begin\n  raise 'one'\nrescue\n  raise TypeError, 'two'\nend\n"),
    of("uncaught without a message", "raise StandardError, ''\n"),
    of("uncaught of a nameless class", "raise Class.new(StandardError)\n",
       shell: '{ "$@" 2>&1; echo $?; } | sed "s/0x[0-9a-f]*/0x/g"', options: ["--quiet"]),
    of("message that raises", "class E < StandardError\n  def message\n    raise 'inner'\n" \
                              "  end\nend\nraise E\n"),
    of("message that exits", "class E < StandardError\n  def message\n    exit 5\n  end\nend\n" \
                             "raise E\n"),
    of("detailed message", "class E < StandardError\n" \
                           "  def detailed_message(highlight: false, **)\n" \
                           "    \"d \#{highlight}\"\n  end\nend\nraise E\n"),
    of("full message", "begin\n  raise 'x'\nrescue => e\n" \
                       "  puts e.full_message(highlight: false)\nend\n"),
    of("backtrace of its own", "e = RuntimeError.new('x')\ne.set_backtrace(['a:1', 'b:2'])\n" \
                               "raise e\n"),
    of("stack overflow", "def m(a)\n  m(a)\nend\nbegin\n  m(1)\nrescue SystemStackError => e\n" \
                         "  p e.class\nend\n"),
    of("stack overflow uncaught", "def m(a)\n  m(a)\nend\nm(1)\n",
       err: "vary (the frames that are left out are counted)"),
    of("uncaught throw", "throw :x\n"),
    of("local jump", "def m\n  proc { return 1 }\nend\nm.call\n"),
    of("in a thread", "Thread.report_on_exception = false\nThread.abort_on_exception = true\n" \
                      "Thread.new { raise 'x' }.join\n"),
    of("reported of a thread", "t = Thread.new { raise 'x' }\nt.name = 'n'\nt.join rescue p $!\n",
       shell: '{ "$@" 2>&1; echo $?; } | sed "s/0x[0-9a-f]*/0x/g"', options: ["--quiet"]),
    of("out of memory", "begin\n  'x' * (1 << 62)\n" \
                        "rescue NoMemoryError, ArgumentError, RangeError\n  p $!.class\nend\n"),
    of("interrupt raised", "raise Interrupt, 'x'\n"),
    of("signal raised", "#{LATE}raise SignalException, 'TERM'\n"),
    of("did you mean", "class Foo\n  def barbaz; end\nend\nFoo.new.barbas\n",
       shell: '{ "$@" 2>&1; echo $?; } | sed "s/0x[0-9a-f]*/0x/g"', options: ["--quiet"])
  ].freeze

  SIGNALS = [
    hit("Ctrl-C", "INT", "WAIT\n"),
    hit("Ctrl-C rescued", "INT", "begin\n  WAIT\nrescue Interrupt\n  puts 'rescued'\nensure\n" \
                                 "  puts 'ensured'\nend\n" \
                                 "exit 3\n"),
    hit("Ctrl-C ensured", "INT", "#{LATE}begin\n  WAIT\nensure\n  puts 'ensured'\nend\n"),
    hit("Ctrl-C trapped", "INT", "trap('INT') { puts 'trapped'; exit 4 }\nWAIT\n"),
    hit("Ctrl-C in a loop", "INT", "n = 0\nbegin\n  #{READY}  loop { n += 1 }\n" \
                                 "rescue Interrupt\n  puts 'rescued'\nend\n"),
    hit("terminated", "TERM", "#{LATE}begin\n  WAIT\nensure\n  puts 'ensured'\nend\n"),
    hit("hung up", "HUP", "#{LATE}WAIT\n"),
    hit("quit", "QUIT", "WAIT\n", shell: 'ulimit -c 0; exec "$@"'),
    hit("alarm", "ALRM", "WAIT\n"),
    hit("user signal", "USR1", "WAIT\n"),
    hit("killed", "KILL", "WAIT\n"),
    of("kills itself", "puts 1\n$stdout.flush\nProcess.kill('KILL', $$)\nsleep\n"),
    of("terminates itself", "#{LATE}Process.kill('TERM', $$)\nsleep\n"),
    of("stops and goes on", "pid = $$\n" \
                            "system(\"(while ! grep -q 'State:.T' /proc/\#{pid}/status; " \
                            "do :; done; kill -CONT \#{pid}) & \")\n" \
                            "Process.kill('STOP', $$)\nputs 1\n"),
    of("crash", "$stdout.sync = true\nputs 1\nProcess.kill('SEGV', $$)\nsleep\n",
       shell: 'ulimit -c 0; exec "$@"', err: "vary (addresses)"),
    of("abort in C", "$stdout.sync = true\nputs 1\nProcess.kill('ABRT', $$)\nsleep\n",
       shell: 'ulimit -c 0; exec "$@"', err: "vary (addresses)"),
    of("killed for its memory", "$stdout.sync = true\nputs 1\n" \
                                "File.write('/proc/self/oom_score_adj', '1000')\n" \
                                "Process.kill('KILL', $$)\nsleep\n")
  ].freeze

  REPLACED = [
    of("exec", "#{LATE}puts 1\n$stdout.flush\nexec('echo', '2')\n"),
    of("exec with a shell", "print 1\n$stdout.flush\nexec('echo 2; exit 3')\n"),
    of("exec of Ruby",
       "exec(RbConfig.ruby, '-e', 'p ENV.keys.grep(/CODE/), Dir.children(\"/proc/self/fd\")')\n"),
    of("exec fails", "begin\n  exec('/no/such')\nrescue SystemCallError\n  p $!.class\nend\n" \
                     "puts 2\n"),
    of("exec in a thread", "Thread.new { exec('echo', '2') }.join\n"),
    of("exec in at_exit", "at_exit { exec('echo', '2') }\nexit 3\n"),
    of("exec in itself", "exec(RbConfig.ruby, $0, 'again') if ARGV.empty?\np ARGV\n")
  ].freeze

  ALL = [*STATUSES, *EXCEPTIONS, *SIGNALS, *REPLACED].freeze
end
