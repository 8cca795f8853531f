# frozen_string_literal: true

# Strings put together from pieces, and one that grows to a megabyte, ten bytes a round.
#
# 400,004 line events.
require_relative "../measure"

ROUNDS = 100_000
LINE_COUNT = ROUNDS * 4 + 4

def run
  text = +""
  i = 0
  while i < ROUNDS
    word = "word #{i % 997}"
    line = "#{word}, "
    text << line
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
