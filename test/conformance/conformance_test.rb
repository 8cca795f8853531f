# frozen_string_literal: true

# Every program of test/programs through both recorders: the same events, line by line.
#
# Each recorder is the other's witness. What the VM makes different is listed in Differences, by
# name.
require_relative "../recorder/recorder_case"
require_relative "../recorder/program"
require_relative "differences"

class ConformanceTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")

  Program.all.each do |program|
    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    skip "needs a newer Ruby than #{RUBY_VERSION}" unless program.runs_here?

    plain = ruby(program.path, *program.arguments, **surroundings(program))
    native = recorded_events(program, RECORDER, plain)
    pure = recorded_events(program, PURE, plain)
    return unless program.repeatable?

    assert_equal Differences.all(native), Differences.all(pure)
  end

  def surroundings(program)
    { chdir: PROGRAMS, stdin: program.stdin, env: program.environment }
  end

  def recorded_events(program, recorder, plain)
    trace = in_folder(File.basename(recorder))
    words = ["-o", trace, "--profile", "json", program.path, *program.arguments]
    recorded = ruby(recorder, *words, **surroundings(program))
    assert_same_run(plain, recorded)
    checked_events(trace).gsub(PROGRAMS, "<programs>")
  end
end
