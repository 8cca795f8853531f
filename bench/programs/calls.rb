# frozen_string_literal: true

# Calls of six lines each, as many as the first argument says: 160,000 unless told otherwise.
#
# Eight line events a call (its six, two of the loop).
require_relative "../measure"

CALL_COUNT = Integer(ARGV.fetch(0, "160000"))
LINE_COUNT = CALL_COUNT * 8 + 4

def six_lines(number)
  a = number + 1
  b = a * 2
  c = b - number
  d = c & 255
  e = d + a
  e - b
end

def run(count)
  i = 0
  sum = 0
  while i < count
    sum += six_lines(i)
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT, pair_count: CALL_COUNT) { run(CALL_COUNT) }
