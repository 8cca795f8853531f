# Calls of methods in C: receiver, arguments by place, result; how one is left. What it returns
# under a secret's name, or is given beside one, is redacted.
# options: --c-calls
# requires: 3.0
# golden: none (which methods are written in C differs from Ruby to Ruby)
class Order
  attr_accessor :total
  attr_reader :api_key

  def initialize(total)
    @total = total
    @api_key = "k-12345678"
  end

  def pay(list)
    list.push(list.size, @total)
    list.map { |item| item.to_s }
  end

  def respond_to_missing?(name, all = false)
    name == :missing || super
  end
end

order = Order.new(3)
order.total = 5
text = order.pay([1]).join("-")
p text, order.total, order.api_key.size

# A receiver among the arguments, splats, keywords, blocks.
list = [4, 2]
p list.equal?(list), list.push(list.size), list.rotate(*[1])
p "a,b".split(",", -1), [1, [2]].flatten(1), Comparable.instance_method(:clamp).bind(5).call(1, 3)
p list.sort_by(&:-@), list.sum { |n| n * 2 }, list.public_send(:first)
p format("%05.1f|%s", 2.25, :x), Integer("12", 8), Rational(1, 3)

# Left by exceptions, throw and break, rescued within.
begin
  Integer("z")
rescue ArgumentError => e
  puts e.message
end
begin
  list.fetch(99)
rescue IndexError
  p Array(nil)
end
p(catch(:found) { list.each { |n| throw :found, n if n == 2 } })
p list.each { |n| break n if n == 4 }

# Secrets.
settings = { password: "opensesame1", name: "n" }
settings.fetch(:password)
settings.store("auth_token", "opensesame2")
settings.fetch(:name)
order.instance_variable_get(:@api_key)
