# frozen_string_literal: true

# An integer, a string, an array of ten, a hash of three and an object of three, one of which
# changes on each line.
#
# 400,000 line events, or as many as are asked for.
require_relative "../measure"

LINE_COUNT = (ARGV.first || 400_000).to_i

class Point
  attr_writer :x

  def initialize
    @x = 1
    @y = 2
    @name = "origin"
  end
end

def run(text, list, table, point)
  text << " length"
  list << 10
  i = 0
  while i < LINE_COUNT / 5 - 1
    text.setbyte(0, 65 + i % 26)
    list[3] = i
    table[:two] = i
    point.x = i
    i += 1
  end
end

text = +"a string of some"
list = [1, 2, 3, 4, 5, 6, 7, 8, 9]
table = { one: 1, two: 2, three: 3 }
point = Point.new
Measure.section(line_count: LINE_COUNT) { run(text, list, table, point) }
