# Values that are more than their instance variables, with and without them.
require "set"
require "date"

class Label < String
  def mark(text)
    @mark = text
    self
  end
end

class Chain < Array
  attr_accessor :note
end

class Lookup < Hash
  attr_accessor :note
end

class Bag < Set
  attr_accessor :note
end

class Refused < StandardError
  def initialize(amount)
    @amount = amount
    super("refused #{amount}")
  end
end

Pair = Struct.new(:left, :right) do
  def mark
    @mark = [left, right]
    self
  end
end

def failing(amount)
  Integer("none")
rescue ArgumentError
  raise Refused, amount
end

label = Label.new("a text").mark("seen")
chain = Chain.new([1, [2]])
chain.note = chain
lookup = Lookup.new
lookup[:key] = "value"
lookup.note = "looked"
bag = Bag.new([1, :two])
plain_bag = Bag.new([3])
bag.note = plain_bag
pair = Pair.new(1, 2).mark
nested = [[[label, chain, pair]]]
begin
  failing(5)
rescue Refused => e
  refused = e
end
exceptions = [RuntimeError.new, RuntimeError.new(:symbol), RuntimeError.new([1]), KeyError.new("k")]
times = [Time.at(0), Time.at(1_700_000_000, 123_456_789, :nsec), Time.at(-1), Time.at(2**40),
         Time.at(-(2**40)), Time.at(1, 5, :nsec), Time.at(Rational(1, 3)), Time.utc(2000, 2, 29)]
dates = [Date.new(2024, 2, 29), DateTime.new(2024, 1, 1)]
GATE = Queue.new # of a thread that runs no line
worker = Thread.new(&GATE.method(:pop))
worker.name = "worker"
GATE.push(1) && worker.join
mutex = Mutex.new
mutex.lock
queue = Queue.new
queue << 1 << 2
sized = SizedQueue.new(3)
sized << :one
reader, writer = IO.pipe
writer.close
tagged = /(?<word>\w+) (\d)?/
tagged_match = tagged.match("seven 7")
noted_proc = ->(x) { x }
noted_proc.instance_variable_set(:@name, "identity")
long = /#{"ab" * 150}/
random = Random.new(42)
big_random = Random.new(2**70)
seeds = [-(10**30), 10**9 << 64, 2**1536 - 1, 2**1536].map { |seed| Random.new(seed) }
steps = [1.step(10, 3), "text".each_char, { a: 1 }.each_with_index]
found = "hay needle".match(/n(e+)d(x)?/)
puts refused.cause.class, exceptions.size, times.size, dates.size, found[1]
puts nested.size, steps.size, random.class, big_random.class, tagged_match, long.source.size
puts seeds.size
puts reader.closed?, queue.size, sized.size
# What is inside of them changes, without a word of their own.
message = +"first"
changing = RuntimeError.new(message)
message << " then more"
bag << :three
bag.delete(1)
worker = Thread.new { sleep }
worker.kill.join # on one line: when it is gone is the scheduler's affair
mutex.unlock
queue.clear
reader.close
label << " longer"
chain << 3
pair.left = chain.size
puts changing.message, bag.size
