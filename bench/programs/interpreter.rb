# frozen_string_literal: true

# A small stack machine: its array changes at nearly every line.
#
# 67 steps a run, as many as the first argument says: 1,000,000 steps unless told otherwise.
RUN_COUNT = Integer(ARGV.fetch(0, "15000"))

class Machine
  def initialize
    @stack = []
    @variables = {}
  end

  def run(source)
    source.split.each { |word| step(word) }
    @stack.last
  end

  private

  def step(word)
    case word
    when /\A-?\d+\z/ then @stack.push(word.to_i)
    when "+", "-", "*" then binary(word.to_sym)
    when /\A!(\w+)\z/ then @variables[Regexp.last_match(1)] = @stack.pop
    else @stack.push(@variables.fetch(word))
    end
  end

  def binary(operator)
    right = @stack.pop
    left = @stack.pop
    @stack.push(left.public_send(operator, right))
  end
end

number = 0
while number < RUN_COUNT
  machine = Machine.new if (number % 10).zero?
  machine.run("2 3 + !x x x * 1 -")
  number += 1
end
