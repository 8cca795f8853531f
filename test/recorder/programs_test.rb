# frozen_string_literal: true

# Every program of test/programs, with both profiles: unharmed, and recorded in order.
#
# A recorded run must not be told from a plain one by output or ending; both readers accept the
# trace; both profiles hold the same events; and these are the golden's, where the program has
# one.
require_relative "recorder_case"
require_relative "program"

class ProgramsTest < RecorderCase
  parallelize_me!

  PROFILES = %w[aug26 json].freeze
  GOLDENS = File.join(ROOT, "test", "golden")

  Program.all.each do |program|
    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    skip "needs a newer Ruby than #{RUBY_VERSION}" unless program.runs_here?

    plain = ruby(*words(program), **surroundings(program))
    events = PROFILES.map { |profile| recorded_events(program, profile, plain) }
    assert_equal events.first, events.last, "the profiles differ" if program.repeatable?
    check_golden(program, events.first) if program.golden?
  end

  def words(program)
    [program.path, *program.arguments]
  end

  def surroundings(program)
    { chdir: PROGRAMS, stdin: program.stdin, env: program.environment }
  end

  def recorded_events(program, profile, plain)
    trace = in_folder(profile)
    recorded = record("-o", trace, "--profile", profile, *words(program), **surroundings(program))
    assert_same_run(plain, recorded)
    checked_events(trace).gsub(PROGRAMS, "<programs>")
  end

  def check_golden(program, events)
    path = golden_path(program)
    return File.write(path, events) if ENV["UPDATE_GOLDENS"] == "1"

    assert_path_exists path, "run with UPDATE_GOLDENS=1, then read what it wrote"
    assert File.read(path, encoding: "UTF-8") == events,
           -> { Command.run("diff", "-u", path, "-", stdin: events).out }
  end

  # Where a Ruby fires other events for the same program it has a golden of its own.
  def golden_path(program)
    version = RUBY_VERSION[/\A\d+\.\d+/]
    own = File.join(GOLDENS, "#{program.name}.ruby#{version}.events")
    File.exist?(own) ? own : File.join(GOLDENS, "#{program.name}.events")
  end
end
