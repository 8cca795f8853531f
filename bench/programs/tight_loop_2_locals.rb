# frozen_string_literal: true

# Two locals, one of which changes on each line: the least that a line can cost.
#
# 400,000 line events.
require_relative "../measure"

LINE_COUNT = 400_000

def run
  i = 0
  twice = 0
  while i < 199_998
    twice = i + i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
