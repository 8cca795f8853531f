# A stack machine: case, symbols, hashes, a parser.
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
    when /\A!(\w+)\z/ then @variables[$1] = @stack.pop
    else @stack.push(@variables.fetch(word))
    end
  end

  def binary(operator)
    right = @stack.pop
    left = @stack.pop
    @stack.push(left.send(operator, right))
  end
end

machine = Machine.new
puts machine.run("2 3 + !x x x * 1 -")
begin
  machine.run("y")
rescue KeyError => e
  puts e.message
end
