# frozen_string_literal: true

# A loop in a method of an object with three instance variables, one of which changes on each line.
#
# 400,002 line events, or as many as are asked for.
require_relative "../measure"

LINE_COUNT = (ARGV.first || 400_002).to_i

class Counter
  def initialize
    @name = "counter"
    @total = 0
    @last = 0
  end

  def run
    i = 0
    while i < LINE_COUNT / 3 - 1
      @total += i
      @last = i
      i += 1
    end
  end
end

counter = Counter.new
Measure.section(line_count: LINE_COUNT) { counter.run }
