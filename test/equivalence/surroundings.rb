# frozen_string_literal: true

# What a program finds around it: limits, masks, streams, signals, the environment; and what it
# does to them.
#
# A table of EquivalenceTest.
require_relative "program_start"

module Surroundings
  TABLE = <<~'RUBY'
    numbers = Dir.children("/proc/self/fd").map(&:to_i).select { |n| n < 64 }.sort
    p numbers, File.open(__FILE__).fileno, IO.pipe.map(&:fileno)
  RUBY
  SIGNALS = <<~'RUBY'
    puts File.read("/proc/self/status")[/SigBlk.*SigCgt:[^\n]*/m].lines.grep(/Blk|Ign|Cgt/)
    p %w[INT TERM HUP CHLD PIPE USR1 QUIT].map { |name| trap(name, "DEFAULT") }
  RUBY
  PEOPLE = <<~'RUBY'
    p Process.getpgrp == Process.pid, Process.getsid == Process.pid, Process.getpriority(0, 0)
    p File.umask.to_s(8), Process.getrlimit(:NOFILE), Process.getrlimit(:CORE)
    p begin Process.wait rescue $!.class end
    p File.read("/proc/self/task/#{$$}/children"), Thread.list.size
  RUBY
  LOADED = <<~'RUBY'
    p Object.constants.grep(/code|trace/i), $LOADED_FEATURES.grep(/codetracer|trace/), $:.size
    p global_variables.size, ENV.keys.grep(/CODETRACER/), ObjectSpace.each_object(Class).count > 9
    p $PROGRAM_NAME, File.binread("/proc/self/cmdline").split("\0").first
    p File.read("/proc/self/comm")
    p Module.constants.size == Object.constants.size, self.methods(false), private_methods(false)
  RUBY
  STREAMS = "$stdout.puts 1\n$stderr.puts 2\np $stdin.read rescue p $!.class\nexit 3\n"
  PTY = <<~'RUBY'
    require "pty"
    PTY.spawn(*ARGV) do |output, _input, pid|
      text = +""
      begin
        loop { text << output.readpartial(1 << 16) }
      rescue Errno::EIO, EOFError
        Process.wait(pid)
      end
      puts text.lines.grep_v(/^codetracer: /), $?.exitstatus
    end
  RUBY

  # With a file system of its own in a folder's place.
  MOUNTED = <<~'SH'
    exec unshare -rm sh -c "mount -t tmpfs -o ro none $MOUNTED && exec \"\$@\"" sh "$@"
  SH
  # Links in the trace's folder, made by somebody who would like to have others' files overwritten.
  PLANTED = <<~'SH'
    for folder in "$TRACES/native" "$TRACES/pure"; do
      rm -rf "$folder"
      mkdir -p "$folder"
      for name in trace.ct trace.json trace_paths.json trace_metadata.json trace_info.json; do
        ln -s "$PWD/victim" "$folder/$name"
      done
      ln -s "$PWD/victims" "$folder/files"
      ln -s "$PWD/victims" "$folder/children"
    done
    exec "$@"
  SH

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  # A shell that sets something and becomes the program.
  def self.after(name, shell, text, **fields)
    ProgramStart.of(name, text, shell: "#{shell}; exec \"$@\"", **fields)
  end

  LIMITS = [
    after("16 descriptors", "ulimit -n 16", TABLE),
    after("descriptors run out", "ulimit -n 24", "a = []\nbegin\n  loop { a << IO.pipe }\n" \
                                                 "rescue SystemCallError\n" \
                                                 "  p $!.class, a.size\nend\n"),
    after("small files", "ulimit -f 64", "trap('XFSZ', 'IGNORE')\nbegin\n" \
                                         "  File.write('tmp/big', 'x' * 99_999)\n" \
                                         "rescue SystemCallError\n  p $!.class\n" \
                                         "end\n", trace: :none),
    after("little memory", "ulimit -v 900000", "begin\n  'x' * (1 << 30)\nrescue NoMemoryError\n" \
                                               "  p $!.class\nend\n"),
    after("small stack", "ulimit -s 1024", "def m(n) = m(n + 1)\nbegin\n  m(0)\n" \
                                           "rescue SystemStackError\n" \
                                           "  p $!.class\nend\n", requires: "3.0"),
    after("no core", "ulimit -c 0", PEOPLE),
    after("nice", "renice -n 5 -p $$ >/dev/null", PEOPLE),
    after("umask 0777", "umask 0777", "#{PEOPLE}File.write('tmp/x', '')\nDir.mkdir('tmp/d')\n"),
    after("umask 0", "umask 0", "#{PEOPLE}File.write('tmp/x', '')\n")
  ].freeze

  STREAM_ROWS = [
    after("stdin closed", "exec <&-", STREAMS + TABLE),
    after("stdout closed", "exec >&-", "begin\n  puts 1\n  $stdout.flush\n" \
                                       "rescue SystemCallError, IOError\n" \
                                       "  warn $!.class\nend\nexit 3\n"),
    after("stderr closed", "exec 2>&-", "warn 1 rescue p $!.class\nputs 1\nexit 3\n"),
    after("all closed", "exec <&- >&- 2>&-",
          "File.write('x', Dir.children('/proc/self/fd').count { |n| n.to_i < 64 })\n"),
    after("stdin is null", "exec </dev/null", STREAMS),
    of("stdin is a pipe", STREAMS, stdin: "text\n"),
    after("stdout is full", "exec >/dev/full", "puts 'x' * 9\n$stdout.flush\n"),
    after("stdout is a file", "exec >tmp/out", "puts 1\nsystem('echo 2')\nputs 3\n" \
                                               "$stdout.sync = true\nputs 4\n"),
    after("stderr is stdout", "exec 2>&1", "$stdout.sync = true\nputs 1\nwarn 2\nputs 3\n" \
                                           "raise 'x'\n",
          options: ["--quiet"]),
    after("more descriptors", "exec 3</dev/null 9>tmp/nine", "#{TABLE}IO.for_fd(9).write('x')\n"),
    of("a terminal", "p $stdin.tty?, $stdout.tty?, $stderr.tty?\np $stdin.raw? rescue p $!.class\n",
       files: { "pty.rb" => PTY }, shell: "exec #{RbConfig.ruby} pty.rb \"$@\""),
    of("reader goes", "begin\n  9999.times { puts 'x' * 99 }\nrescue Errno::EPIPE\n" \
                      "  warn 'pipe'\nend\n",
       shell: '{ "$@"; echo $? >&2; } | head -n 1'),
    of("stdout becomes a file", "STDOUT.reopen('tmp/o', 'w')\nputs 1\nsystem('echo 2')\n" \
                                "$stdout = STDERR\nputs 3\n"),
    of("streams are swapped", "old = $stdout.dup\n$stdout.reopen($stderr)\nputs 1\n" \
                              "$stderr.reopen(old)\nwarn 2\n",
       options: ["--quiet"]),
    of("streams are closed", "puts 1\n$stdout.close\n$stdin.close\nSTDERR.close\nx = 1\nexit 4\n"),
    of("closes all descriptors", "(3..256).each do |n|\n  IO.for_fd(n).close\n" \
                                 "rescue SystemCallError, ArgumentError\n" \
                                 "  next\nend\nputs 1\nFile.open('p.rb') { |f| p f.fileno }\n",
       trace: :none, err: "vary (Ruby's own descriptors are gone, too)")
  ].freeze

  OTHERS = [
    after("nohup", "trap '' HUP INT", SIGNALS),
    after("children ignored", "trap '' CHLD", "#{SIGNALS}p system('true')\n"),
    of("signals", SIGNALS),
    of("people", PEOPLE),
    of("loaded", LOADED),
    of("descriptors", TABLE),
    of("empty environment", "p ENV.to_h.keys\n", shell: 'exec env -i "$@"'),
    of("environment", "ENV.clear\nENV['A'] = 'b'\n" \
                      "system('env | grep -v ^_ | sort', unsetenv_others: true)\n" \
                      "p ENV.to_h\n"),
    of("C locale", "p Encoding.default_external, __FILE__.encoding, 'é'.size\n",
       env: { "LC_ALL" => "C" }),
    of("no temporary folder", "p 1\n", env: { "TMPDIR" => "/nonexistent" }),
    of("no home", "p Dir.home rescue p $!.class\n", env: { "HOME" => nil }),
    of("names", "p $0\n$0 = 'other'\np $0, File.read('/proc/self/cmdline')[0, 5]\n" \
                "Process.setproctitle('t')\n"),
    of("arguments", "p ARGV.shift, ARGV\nARGV.clear\n" \
                    "p $*, gets\n", words: ["p.rb", "a b", "", "-x", "\n"],
       stdin: "in\n"),
    of("session", "p begin Process.setsid; 1 rescue $!.class end\n", shell: '"$@"; echo $?'),
    of("no shared memory", "x = 5\nputs x\nfork { puts x + 1 }\nProcess.wait\n", shell: MOUNTED,
       env: { "MOUNTED" => "/dev/shm" }, requires: :mounts),
    of("folder not to be written", "puts 1\nexit 3\n", shell: MOUNTED, trace: :none,
       requires: :mounts, env: { "MOUNTED" => "tmp" },
       options: ["--on-error", "continue", "-o", "tmp"]),
    of("planted links", "puts 1\neval('2')\nfork { puts 3 }\nProcess.wait\n", shell: PLANTED,
       files: { "victim" => "mine", "victims/a" => "mine too" }),
    of("folder not to be made", "puts 1\n" \
                                "exit 3\n", options: ["--on-error", "continue", "-o", "/proc/no"],
       trace: :none),
    of("clock",
       "p Process.clock_gettime(Process::CLOCK_MONOTONIC).class, (srand(3); rand(9))\n")
  ].freeze

  ALL = [*LIMITS, *STREAM_ROWS, *OTHERS].freeze
end
