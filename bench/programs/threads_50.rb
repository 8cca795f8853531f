# frozen_string_literal: true

# Fifty threads, each with a loop of its own; they switch when the VM's time slice ends.
#
# 400,252 line events.
require_relative "../measure"

THREAD_COUNT = 50
ROUNDS = 4_000
LINE_COUNT = THREAD_COUNT * (2 * ROUNDS + 5) + 2

def count_up(number)
  i = 0
  sum = number
  while i < ROUNDS
    sum += i
    i += 1
  end
end

def run
  Array.new(THREAD_COUNT) { |number| Thread.new { count_up(number) } }.each(&:join)
end

Measure.section(line_count: LINE_COUNT) { run }
