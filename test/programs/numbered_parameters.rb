# Numbered block parameters: one, two, in a lambda, beside locals of the outer scope.
base = 10
p [1, 2].map { _1 + base }
p({ a: 1 }.map { [_2, _1] })
p [[1, 2]].each_with_index.map { _1.sum + _2 }
triple = -> { _1 * 3 }
p triple.call(2), triple.arity
def give
  yield 1, 2
end
give do
  total = _1 + _2
  puts total
end
