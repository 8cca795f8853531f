# frozen_string_literal: true

# A method of one line with two arguments and an object as self, called 100,000 times.
#
# 300,004 line events: three for each pair of a call and a return.
require_relative "../measure"

PAIR_COUNT = (ARGV.first || 300_000).to_i / 3
LINE_COUNT = 3 * PAIR_COUNT + 4

class Adder
  def initialize
    @offset = 1
  end

  def add(left, right)
    left + right
  end
end

def run(adder)
  i = 0
  while i < PAIR_COUNT
    adder.add(i, 2)
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT, pair_count: PAIR_COUNT) { run(Adder.new) }
