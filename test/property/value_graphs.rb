# frozen_string_literal: true

# Shows random values, one a call, or says what is to be seen:
#   ruby value_graphs.rb words SEED COUNT        each value's words on a line
#   ruby -I LIB value_graphs.rb RECORDER SEED COUNT TRACE
require_relative "random_value"

def show(value)
  value
end

mode, first, count, trace = ARGV
seeds = (first.to_i...first.to_i + count.to_i)
$values = seeds.map { |seed| RandomValue.new(seed).value }
if mode == "words"
  require_relative "value_words"
  words = ValueWords.new
  $values.each { |value| puts words.of(value) }
else
  require "codetracer/recorder"
  CodeTracer.record(out_dir: trace, recorder: mode.to_sym, profile: "json", quiet: true) do
    $values.each(&method(:show))
  end
end
