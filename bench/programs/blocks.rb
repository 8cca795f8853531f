# frozen_string_literal: true

# Blocks of two lines that a method in C yields to, 200,000 times.
#
# Two line events a block, two around each 100 of them.
require_relative "../measure"

ROUND_COUNT = 2_000
ITEMS = (1..100).to_a.freeze
LINE_COUNT = ROUND_COUNT * (ITEMS.size * 2 + 2) + 4

def run(count)
  i = 0
  sum = 0
  while i < count
    ITEMS.each do |item|
      double = item * 2
      sum += double
    end
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT, pair_count: ROUND_COUNT * ITEMS.size) { run(ROUND_COUNT) }
