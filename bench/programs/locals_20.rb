# frozen_string_literal: true

# Twenty integers in scope, one of which changes on each line.
#
# 400,000 line events, or as many as are asked for.
require_relative "../measure"

LINE_COUNT = (ARGV.first || 400_000).to_i

def run
  a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = 1
  b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9
  i = 0
  sum = b1 + b2 + b3 + b4 + b5 + b6 + b7 + b8 + b9
  while i < LINE_COUNT / 2 - 3
    sum += i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
