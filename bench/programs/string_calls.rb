# frozen_string_literal: true

# Three methods written in C a round, 100,000 rounds.
#
# Four line events a round.
require_relative "../measure"

ROUND_COUNT = 100_000
LINE_COUNT = ROUND_COUNT * 4 + 3

def run(count)
  i = 0
  while i < count
    text = i.to_s
    first = text.getbyte(0)
    text.rjust(first)
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT, pair_count: ROUND_COUNT * 3) { run(ROUND_COUNT) }
