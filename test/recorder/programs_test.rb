# frozen_string_literal: true

# Every program of test/programs, with both profiles: unharmed, and recorded in order.
#
# A recorded run must not be told from a plain one by output or ending; both readers accept the
# trace; both profiles hold the same events; and these are the golden's, where the program has
# one. Where threads interleave as the scheduler likes, the golden has each thread's own events.
# PROFILES names fewer profiles.
require_relative "../conformance/differences"
require_relative "../conformance/strands"
require_relative "program_case"

class ProgramsTest < ProgramCase
  parallelize_me!

  PROFILES = ENV.fetch("PROFILES", "aug26 json").split.freeze
  ADDRESS = /\b0x\h{8,}/.freeze # in a report of a thread's exception
  GOLDENS = File.join(ROOT, "test", "golden")

  Program.all.each do |program|
    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    events = PROFILES.map { |profile| recorded_events(program, RECORDER, profile) }
    assert_equal events.first, events.last, "the profiles differ" if program.repeatable?
    check_golden(program, events.first, "events") if program.golden?
    check_golden(program, strands_of(events.first), "strands") if strands_golden?(program)
  end

  # Of other Rubies only where theirs is other than that of Ruby 3.1, the base.
  def strands_golden?(program)
    program.strands_golden? &&
      (RUBY_VERSION.start_with?("3.1") || golden_path(program, "strands").include?(".ruby"))
  end

  # The main thread's events, then those of the others, sorted; numbers of objects are given anew.
  def strands_of(events)
    texts = Strands.of(events.gsub(ADDRESS, "0x…")) { |text| Differences.block_parameters(text) }
    texts.join("\n")
  end

  def check_golden(program, events, kind)
    path = golden_path(program, kind)
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
  def golden_path(program, kind)
    version = RUBY_VERSION[/\A\d+\.\d+/]
    own = File.join(GOLDENS, "#{program.name}.ruby#{version}.#{kind}")
    File.exist?(own) ? own : File.join(GOLDENS, "#{program.name}.#{kind}")
  end
end
