# Blocks that see and change the locals of outer scopes.
def counter
  count = 0
  increment = -> { count += 1 }
  get = -> { count }
  [increment, get]
end

increment, get = counter
increment.call
increment.call
p get.call
x = 10
[1, 2].each do |y; x|
  x = y
  z = x + y
  [z].each { |w| x += w }
end
p x
adders = (1..3).map { |i| ->(n) { n + i } }
p adders.map { |adder| adder.call(10) }
if x > 5
  conditional = "only here"
end
p conditional, binding.local_variable_get(:x)
binding.local_variable_set(:x, 99)
p x
