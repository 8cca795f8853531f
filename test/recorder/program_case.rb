# frozen_string_literal: true

# What the tests of test/programs share: each run of a program is made once for all that ask.
#
# Used by ProgramsTest and ConformanceTest, which run at once; a program's runs come one after
# another. Every run finds an empty $TMPDIR, whose name is always the same to it.
require_relative "recorder_case"
require_relative "program"

class ProgramCase < RecorderCase
  PURE = File.join(ROOT, "trace.rb")
  RUNS = Hash.new { |runs, name| runs[name] = { lock: Monitor.new } }
  LOCK = Mutex.new
  private_constant :RUNS, :LOCK

  private

  def needs(program)
    skip "needs a newer Ruby than #{RUBY_VERSION}" unless program.runs_here?
  end

  # The canonical events of a run that nothing tells from a plain one; `options` go before the
  # program's own.
  def recorded_events(program, recorder, profile, options = [])
    once(program, [recorder, profile, options]) do
      plain = once(program, :plain) { run_program(program) }
      trace = in_folder("#{File.basename(recorder, '.rb')}-#{profile}")
      flags = ["-o", trace, "--profile", profile, *options, *program.options]
      recorded = run_program(program, recorder, *flags)
      assert_same_run(plain.first, recorded.first)
      assert_equal plain.last, recorded.last, "the files it wrote"
      checked_events(trace).gsub(PROGRAMS, "<programs>").gsub(temporary, "<temporary>")
                           .gsub(/(event 12 "\w+" "pid )\d+/, "\\1<pid>")
    end
  end

  # Through both recorders with one flag more: the same but for what may differ.
  def assert_alike(program, flag)
    native, pure = [RECORDER, PURE].map do |recorder|
      Differences.all(recorded_events(program, recorder, "json", [flag]))
    end
    assert_equal native, Differences.completed(pure, native)
  end

  def once(program, name)
    runs = LOCK.synchronize { RUNS[program.name] }
    runs[:lock].synchronize { runs[name] ||= yield }
  end

  # The run and the files that it left behind.
  def run_program(program, *front)
    FileUtils.rm_rf(temporary)
    FileUtils.mkdir(temporary)
    env = { "TMPDIR" => temporary }.merge(program.environment)
    run = ruby(*front, program.path, *program.arguments, chdir: PROGRAMS, stdin: program.stdin,
                                                       env: env)
    [run, files_below(temporary)]
  end

  def temporary
    in_folder("temporary")
  end
end
