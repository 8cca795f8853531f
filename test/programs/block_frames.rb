# Blocks, procs and lambdas as calls: their arguments, and every way in which one ends.
# Before Ruby 3.0 methods made by define_method are not told from blocks.
# requires: 3.0
# options: --block-frames
class Order
  RATES = [1, 2].map { |rate| rate * 10 }.freeze

  def initialize(*amounts)
    @amounts = amounts
  end

  def pay(rate)
    taxed = @amounts.map { |amount| amount * rate }
    taxed.select do |amount|
      next false if amount > 50

      true
    end
  end

  def find(wanted)
    @amounts.each do |amount|
      return amount if amount == wanted
    end
    nil
  end

  def first_above(limit)
    @amounts.each do |amount|
      break amount if amount > limit
    end
  end

  def each
    @amounts.each { |amount| yield amount }
    self
  end

  %w[cash card].each do |kind|
    define_singleton_method(kind) { |*list| new(*list.map { |amount| amount + kind.size }) }
  end
end

order = Order.new(3, 4, 6)
p order.pay(10), order.find(4), order.first_above(5), Order.card(1).pay(1)
order.each { |amount| p amount }
order.each do |amount|
  break if amount == 4
end

# Arguments of all kinds.
kinds = proc { |a, (b, c), d = a, *e, f:, g: 7, **h, &i| [a, b, c, d, e, f, g, h.to_a, i] }
p kinds.call(1, [2, 3], f: 6), kinds.call(1, 2, 3, 4, f: 5, z: 6)
add = lambda do |a, b = 2|
  return a + b
end
p add.call(1), add.(3, 4), [[1, 2]].map { |a, b| a + b }
factorial = ->(n) { n.zero? ? 1 : n * factorial.(n - 1) }
p factorial.call(3), [5].each_with_index.map { _1 + _2 }

# Left by exceptions, throws, and not at all.
begin
  [1].each { |n| raise ArgumentError, "no #{n}" }
rescue ArgumentError => e
  p e.message
end
p(catch(:found) { [1, 2].each { |n| throw :found, n if n == 2 } })
tries = 0
1.times do |n|
  tries += 1
  redo if tries < 2

  begin
    raise KeyError, "again" if tries < 3
  rescue KeyError
    tries += 1
    retry
  ensure
    tries += 10
  end
end
p tries
Thread.new(1) { |n| n + 1 }.join
fiber = Fiber.new { |n| Fiber.yield(n) + 1 }
p fiber.resume(1), fiber.resume(2)
order.instance_exec(2) { |n| @amounts << n }
at_exit { p order.pay(1) }
END { p tries }
