# frozen_string_literal: true

# Twenty descents through 5,000 frames.
#
# 200,063 line events: two a frame.
require_relative "../measure"

DEPTH = 5_000
ROUNDS = 20
LINE_COUNT = ROUNDS * (2 * DEPTH + 3) + 3

def descend(depth)
  return 0 if depth == 0

  1 + descend(depth - 1)
end

def run
  i = 0
  while i < ROUNDS
    descend(DEPTH)
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
