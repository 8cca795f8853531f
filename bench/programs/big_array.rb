# frozen_string_literal: true

# An array of a million integers, one of which changes on every second line.
#
# 400,000 line events.
require_relative "../measure"

LINE_COUNT = 400_000

def run
  list = Array.new(1_000_000, 0)
  i = 0
  while i < 199_998
    list[i * 5] = i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
