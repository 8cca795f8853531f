# frozen_string_literal: true

# The stack machine of test/programs/interpreter.rb: its array changes at nearly every line.
#
# 67 steps a run, as many as the first argument says: 1,000,000 steps unless told otherwise.
require_relative "../../test/programs/interpreter"

RUN_COUNT = Integer(ARGV.fetch(0, "15000"))

number = 0
while number < RUN_COUNT
  machine = Machine.new if (number % 10).zero?
  machine.run("2 3 + !x x x * 1 -")
  number += 1
end
