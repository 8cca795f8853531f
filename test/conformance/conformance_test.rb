# frozen_string_literal: true

# Every program of test/programs through both recorders: the same events, line by line.
#
# Each recorder is the other's witness. What the VM makes different is listed in Differences, by
# name. Where threads interleave differently each time, each thread's events are compared.
require_relative "../recorder/program_case"
require_relative "differences"
require_relative "strands"

class ConformanceTest < ProgramCase
  parallelize_me!

  Program.all.each do |program|
    define_method("test_#{program.name}") { check(program) }
  end

  private

  def check(program)
    needs(program)
    native = recorded_events(program, RECORDER, "json")
    pure = recorded_events(program, PURE, "json")
    if program.repeatable?
      assert_conforms Differences.all(native), Differences.all(pure)
    elsif program.strands_repeatable?
      native, pure = strands_of(native), strands_of(pure)
      assert_equal native.size, pure.size
      native.zip(pure) { |told, events| assert_conforms(told, events) }
    end
  end

  def assert_conforms(native, pure)
    assert_equal native, Differences.completed(pure, native)
  end

  def strands_of(events)
    Strands.of(events) { |text| Differences.all(text) }
  end
end
