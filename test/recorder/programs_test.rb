# frozen_string_literal: true

# Every program of test/programs, with both profiles: unharmed, and recorded in order.
#
# A recorded run must not be told from a plain one by output or ending; both readers accept the
# trace; both profiles hold the same events; and these are the golden's, where the program has
# one.
require_relative "../conformance/differences"
require_relative "program_case"

class ProgramsTest < ProgramCase
  parallelize_me!

  PROFILES = %w[aug26 json].freeze
  GOLDENS = File.join(ROOT, "test", "golden")

  Program.all.each do |program|
    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    events = PROFILES.map { |profile| recorded_events(program, RECORDER, profile) }
    assert_equal events.first, events.last, "the profiles differ" if program.repeatable?
    check_golden(program, events.first) if program.golden?
  end

  def check_golden(program, events)
    path = golden_path(program)
    return File.write(path, events) if ENV["UPDATE_GOLDENS"] == "1"

    assert_path_exists path, "run with UPDATE_GOLDENS=1, then read what it wrote"
    expected = Differences.c_frames(File.read(path, encoding: "UTF-8"))
    actual = Differences.c_frames(events)
    assert expected == actual, -> { differences_between(expected, actual) }
  end

  def differences_between(expected, actual)
    path = in_folder("expected")
    File.write(path, expected)
    Command.run("diff", "-u", path, "-", stdin: actual).out
  end

  # Where a Ruby fires other events for the same program it has a golden of its own.
  def golden_path(program)
    version = RUBY_VERSION[/\A\d+\.\d+/]
    own = File.join(GOLDENS, "#{program.name}.ruby#{version}.events")
    File.exist?(own) ? own : File.join(GOLDENS, "#{program.name}.events")
  end
end
