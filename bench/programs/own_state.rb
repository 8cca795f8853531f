# frozen_string_literal: true

# A loop in a method of an object with three instance variables, one of which changes on each line.
#
# 400,002 line events.
require_relative "../measure"

LINE_COUNT = 400_002

class Counter
  def initialize
    @name = "counter"
    @total = 0
    @last = 0
  end

  def run
    i = 0
    while i < 133_333
      @total += i
      @last = i
      i += 1
    end
  end
end

counter = Counter.new
Measure.section(line_count: LINE_COUNT) { counter.run }
