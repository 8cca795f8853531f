# frozen_string_literal: true

# 40,000 exceptions, each raised two calls below the method that rescues it.
#
# 200,004 line events.
require_relative "../measure"

RAISE_COUNT = 40_000
LINE_COUNT = RAISE_COUNT * 5 + 4

def refuse(number)
  raise ArgumentError, "not #{number}"
end

def pass_on(number)
  refuse(number)
end

def run
  i = 0
  caught = 0
  while i < RAISE_COUNT
    begin
      pass_on(i)
    rescue ArgumentError
      caught += 1
    end
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
