# frozen_string_literal: true

# Five integers in scope, one of which changes on each line.
#
# 400,000 line events.
require_relative "../measure"

LINE_COUNT = 400_000

def run(alpha, beta, gamma)
  i = 0
  sum = alpha + beta + gamma
  while i < 199_998
    sum += i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run(1, 2, 3) }
