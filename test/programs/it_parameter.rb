# requires: 3.4
# The block parameter `it`.
p [1, 2].map { it * 2 }
nested = [[1, 2], [3]].map { it.map { it + 1 } }
p nested
with = -> { it.to_s }
p with.call(5), with.arity
it = 3
p it
p [1].each { p it }
