# frozen_string_literal: true

# Five integers in scope, one of which changes on each line.
#
# 400,000 line events, or as many as are asked for.
require_relative "../measure"

LINE_COUNT = (ARGV.first || 400_000).to_i

def run(alpha, beta, gamma)
  i = 0
  sum = alpha + beta + gamma
  while i < LINE_COUNT / 2 - 2
    sum += i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run(1, 2, 3) }
