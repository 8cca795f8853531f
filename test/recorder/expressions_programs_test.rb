# frozen_string_literal: true

# Every program of test/programs with --expressions: unharmed, and recorded in order.
#
# As in ProgramsTest a recorded run must not be told from a plain one; both readers accept the
# trace, with the profile that has more to write.
require_relative "program_case"

class ExpressionsProgramsTest < ProgramCase
  parallelize_me!

  Program.all.each do |program|
    define_method("test_#{program.name}") do
      skip "expressions need Ruby 3.1" if RUBY_VERSION < "3.1"
      needs(program)
      recorded_events(program, RECORDER, "json", ["--expressions"])
    end
  end
end
