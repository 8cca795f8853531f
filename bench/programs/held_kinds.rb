# frozen_string_literal: true

# The loop of own_state.rb in a method of an object that holds a Regexp, a Proc, a StringScanner, a
# Range, a Mutex and a class without a name: no words of their own describe them.
#
# 400,002 line events, or as many as are asked for.
require "strscan"
require_relative "../measure"

LINE_COUNT = (ARGV.first || 400_002).to_i

class Scanner
  def initialize
    @pattern = /\w+/i
    @action = proc { |word| word }
    @input = StringScanner.new("some words")
    @columns = 1..80
    @lock = Mutex.new
    @kind = Class.new
    @total = 0
  end

  def run
    i = 0
    while i < LINE_COUNT / 3 - 1
      @total += i
      @total = i
      i += 1
    end
  end
end

scanner = Scanner.new
Measure.section(line_count: LINE_COUNT) { scanner.run }
